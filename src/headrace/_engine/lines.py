"""The engine's own log lines ("Beginning flow run ...", "Finished in state ..."), for a few microseconds each."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from headrace._kernel import clock
from headrace._kernel.current import FlowFrame, Frame, TaskFrame
from headrace._kernel.late import load
from headrace._kernel.tracebacks import strip
from headrace.logging.handlers import line_of, source_of
from headrace.logging.loggers import run_logger

__all__ = ["say", "say_beginning", "say_failure", "say_traceback"]

_FLOW_RUNS: Final = logging.getLogger("headrace.flow_runs")
_TASK_RUNS: Final = logging.getLogger("headrace.task_runs")


def say(frame: Frame, level: int, message: str) -> None:
    """Writes a line of the run `frame` to its log and to the terminal."""
    logger = _TASK_RUNS if type(frame) is TaskFrame else _FLOW_RUNS
    session = frame.session
    if session.is_severed:  # Nobody waits for this run any more; how it ended has been told.
        return
    if session.logs.is_plain(logger, level):
        at = clock.now()
        if session.settings.logging.to_api.enabled:
            session.stream.log(line_of(frame, at, level, logger.name, message))
        session.logs.console.line(at, logging.getLevelName(level), source_of(frame), message)
    else:
        run_logger(frame).log(level, message)


def say_beginning(frame: FlowFrame, which: str = "") -> None:
    """Writes that a flow run begins, or `which` of its retries does."""
    kind = "flow run" if frame.parent is None else "subflow run"
    say(frame, logging.INFO, f"Beginning {kind} {frame.name!r} for flow {frame.flow.name!r}{which}")


def say_failure(frame: Frame, message: str, error: BaseException) -> None:
    """Writes a line with the error's traceback, once an error: where it passes several runs, the innermost shows it.

    An exception gets a note of that run, its arguments and the line: with it every traceback of the error ends.
    """
    if getattr(error, "__headrace_shown__", False):
        return
    with suppress(AttributeError):  # An error of a class with slots is shown again; nothing worse.
        setattr(error, "__headrace_shown__", frame.run_id)  # noqa: B010 - no declared attribute of the class
    say_traceback(frame, message, error)


def say_traceback(frame: Frame, message: str, error: BaseException) -> None:
    """Writes a line with the error's traceback, which ends with the note of `say_failure`."""
    if frame.session.is_severed:
        return
    strip(error)
    if isinstance(error, Exception):  # An interruption is no fault of the run that it met.
        with suppress(Exception):  # A value that cannot even be shown must not take the place of the error.
            blame: Callable[[Frame, BaseException], str] = load("blame")
            error.add_note(blame(frame, error))
    run_logger(frame).error(message, exc_info=(type(error), error, error.__traceback__))
