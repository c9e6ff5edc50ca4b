"""Handlers of the standard library's logging that lead to the run's log and to the terminal."""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO
from uuid import UUID

from headrace._kernel import late
from headrace._kernel.crashes import is_of_closed_journal
from headrace._kernel.current import Frame, TaskFrame, innermost
from headrace._records import LogLine, encode
from headrace.logging.console import Console
from headrace.settings import get_current_settings

__all__ = [
    "APILogHandler",
    "ConsoleHandler",
    "HeadraceConsoleHandler",
    "PrefectConsoleHandler",
    "line_of",
    "source_of",
]

_LONGEST_MESSAGE = 1_000_000


class _Lockless(logging.Handler):
    """A handler whose lines go where no lock is needed: the stream appends in one step, the console has a lock."""

    def handle(self, record: logging.LogRecord) -> Any:
        """Filters the record and shows what is left of it, without the handler's lock, which makes threads wait."""
        kept: Any = self.filter(record)  # from 3.12 on, a record that takes this one's place
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return kept


class APILogHandler(_Lockless):
    """Keeps a line with the run that it belongs to, where it belongs to one.

    That is the run of its logger; of a record with the attribute `flow_run_id`, that flow run, and its task run where
    the record has a `task_run_id`; else the run that the code at hand belongs to.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Reports a line to the stream, as part of the run's log."""
        frame = _frame_of(record)
        try:
            if frame is not None:
                session = frame.session
                line = line_of(frame, int(record.created * 1_000_000), record.levelno, record.name, _told(record))
            elif (line := _line_by_ids(record)) is not None:
                session = late.load("session")()
            else:
                return
            if session.settings.logging.to_api.enabled:
                session.stream.log(line)
        except Exception as error:  # noqa: BLE001 - logging's contract: a line that cannot be told must not stop the program
            if not is_of_closed_journal(error):
                self.handleError(record)

    def flush(self) -> None:
        """Stores what this process has reported."""
        late.load("flush_stream")()

    @classmethod
    async def aflush(cls) -> None:
        """The same without blocking the loop."""
        import asyncio  # 45 ms: whoever awaits this has paid them.

        await asyncio.to_thread(late.load("flush_stream"))


class ConsoleHandler(_Lockless):
    """Shows a line on the terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.console.line(int(record.created * 1_000_000), record.levelname, _source(record), _told(record))
        except Exception:  # noqa: BLE001 - see APILogHandler
            self.handleError(record)


class HeadraceConsoleHandler(_Lockless):
    """Shows lines as its formatter makes them, on a terminal with colours: the handler for configurations of users'.

    `styles` are those of rich, by the names that `highlighter` gives to parts of a line: `log.error_level`.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        highlighter: Any = None,
        styles: dict[str, str] | None = None,
        level: int | str = logging.NOTSET,
    ) -> None:
        super().__init__(level)
        # Standard error as it is at each line: test runners and notebooks replace it.
        self.console = Console(None if stream is sys.stderr else stream)
        os.register_at_fork(after_in_child=self.console.forked)
        self._highlight: Callable[[str], str] | None = None
        self._highlighting = highlighter, styles

    def emit(self, record: logging.LogRecord) -> None:
        """Shows a line."""
        try:
            text = self.format(record)
            if self.console.is_terminal():
                text = self._highlighted(text)
            self.console.write(f"{text}\n")
        except Exception:  # noqa: BLE001 - see APILogHandler
            self.handleError(record)

    def flush(self) -> None:
        """Writes what waits to be written."""
        self.console.flush()

    def _highlighted(self, text: str) -> str:
        if self._highlight is None:
            if not get_current_settings().logging.colors:
                self._highlight = str
            else:
                make: Callable[..., Callable[[str], str]] = late.load("highlight")
                self._highlight = make(*self._highlighting)
        return self._highlight(text)


PrefectConsoleHandler = HeadraceConsoleHandler


def source_of(frame: Frame) -> str:
    """How a line says which run it comes from."""
    return f"Task run {frame.name!r}" if type(frame) is TaskFrame else f"Flow run {frame.name!r}"


def line_of(frame: Frame, at: int, level: int, logger: str, message: str) -> bytes:
    """The encoded record of one line of a run's log."""
    flow_frame = frame.flow_frame
    flow_run_id = flow_frame.run_id if flow_frame is not None else None
    task_run_id = frame.run_id if type(frame) is TaskFrame else None
    if len(message) > _LONGEST_MESSAGE:
        message = _shortened(message)
    return encode(LogLine(flow_run_id, task_run_id, at, level, logger, message))


def _shortened(message: str) -> str:
    return f"{message[:_LONGEST_MESSAGE]} ... ({len(message) - _LONGEST_MESSAGE} more characters)"


def _line_by_ids(record: logging.LogRecord) -> bytes | None:
    """The encoded line of a run that is not at hand, by the ids that the record has; None where it has none."""
    flow_run_id, task_run_id = _id(record, "flow_run_id"), _id(record, "task_run_id")
    if flow_run_id is None and task_run_id is None:
        return None
    at, message = int(record.created * 1_000_000), _told(record)
    if len(message) > _LONGEST_MESSAGE:
        message = _shortened(message)
    return encode(LogLine(flow_run_id, task_run_id, at, record.levelno, record.name, message))


def _told(record: logging.LogRecord) -> str:
    """The message, with the traceback of the exception that it tells of."""
    message = record.getMessage()
    if not record.exc_info:
        return message
    return f"{message}\n{''.join(traceback.format_exception(*record.exc_info)).rstrip()}"


def _frame_of(record: logging.LogRecord) -> Frame | None:
    """The run that a line belongs to, where that runs in this process."""
    attributes = vars(record)
    if (frame := attributes.get("headrace_frame")) is not None:
        return frame
    return None if attributes.get("flow_run_id") or attributes.get("task_run_id") else innermost.get()


def _source(record: logging.LogRecord) -> str:
    if (frame := _frame_of(record)) is not None:
        return source_of(frame)
    attributes = vars(record)
    for kind in ("task", "flow"):
        if name := attributes.get(f"{kind}_run_name"):
            return f"{kind.capitalize()} run {name!r}"
    return record.name


def _id(record: logging.LogRecord, attribute: str) -> bytes | None:
    try:
        return UUID(str(getattr(record, attribute, None))).bytes
    except ValueError:
        return None
