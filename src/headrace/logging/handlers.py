"""Handlers of the standard library's logging that lead to the run's log and to the terminal."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

from headrace._kernel.current import Frame, TaskFrame, innermost
from headrace._records import LogLine, encode
from headrace.logging.console import Console

__all__ = ["ConsoleHandler", "RunLogHandler", "source_of"]

_LONGEST_MESSAGE = 1_000_000


class _Lockless(logging.Handler):
    """A handler whose lines go where no lock is needed: the stream appends in one step, the console has a lock."""

    def handle(self, record: logging.LogRecord) -> Any:
        """Filters the record and shows what is left of it, without the handler's lock, which makes threads wait."""
        kept: Any = self.filter(record)  # from 3.12 on, a record that takes this one's place
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return kept


class RunLogHandler(_Lockless):
    """Reports a line to the stream, as part of the log of the run that it belongs to."""

    def __init__(self, report: Callable[[Frame, bytes], None]) -> None:
        super().__init__()
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        frame = _frame_of(record)
        if frame is None:
            return
        try:
            message = record.getMessage()
            if record.exc_info:
                message = f"{message}\n{''.join(traceback.format_exception(*record.exc_info)).rstrip()}"
            self._report(frame, line_of(frame, int(record.created * 1_000_000), record.levelno, record.name, message))
        except Exception:  # noqa: BLE001 - logging's contract: a line that cannot be told must not stop the program
            self.handleError(record)


class ConsoleHandler(_Lockless):
    """Shows a line on the terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
            if record.exc_info:
                message = f"{message}\n{''.join(traceback.format_exception(*record.exc_info)).rstrip()}"
            frame = _frame_of(record)
            source = record.name if frame is None else source_of(frame)
            self.console.line(int(record.created * 1_000_000), record.levelname, source, message)
        except Exception:  # noqa: BLE001 - see RunLogHandler
            self.handleError(record)


def source_of(frame: Frame) -> str:
    """How a line says which run it comes from."""
    return f"Task run {frame.name!r}" if type(frame) is TaskFrame else f"Flow run {frame.name!r}"


def line_of(frame: Frame, at: int, level: int, logger: str, message: str) -> bytes:
    """The encoded record of one line of a run's log."""
    flow_frame = frame.flow_frame
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]} ... ({len(message) - _LONGEST_MESSAGE} more characters)"
    return encode(
        LogLine(
            flow_frame.run_id if flow_frame is not None else None,
            frame.run_id if type(frame) is TaskFrame else None,
            at,
            level,
            logger,
            message,
        )
    )


def _frame_of(record: logging.LogRecord) -> Frame | None:
    return getattr(record, "headrace_frame", None) or innermost.get()
