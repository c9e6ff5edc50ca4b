"""What an exception says of the run that it ended: in words, and whether the run was ended from without."""

import signal
import threading
from collections.abc import Callable
from typing import Final

from headrace._kernel.late import imported

__all__ = [
    "CANCELLATION_MARK",
    "Cancelled",
    "Expired",
    "crash_reason",
    "described",
    "is_cancelled",
    "is_cancelled_from_without",
    "is_of_closed_journal",
    "note_ctrl_c",
    "repr_of",
    "text_of",
]

CANCELLATION_MARK: Final = "headrace: cancelled from without"
"""By which a task of a loop that was so cancelled knows why."""


class Expired(BaseException):
    """Raised in code whose time is up; see deadlines.py. No Exception, as a cancellation is none."""


class Cancelled(Expired):
    """Raised in code that somebody cancels from without; see deadlines.py."""


def text_of(value: object) -> str:
    """`str` of an error, or of what it holds, though the user's class make that raise: a run must end all the same."""
    try:
        return str(value)
    except Exception as failure:  # noqa: BLE001 - a `__str__` of the user
        return f"<its text is not known: str() raised {type(failure).__name__}>"


def repr_of(error: BaseException) -> str:
    """`repr` of an error, in the same way."""
    try:
        return repr(error)
    except Exception as failure:  # noqa: BLE001 - a `__repr__` of the user
        return f"<{type(error).__name__}: repr() raised {type(failure).__name__}>"


def described(error: BaseException) -> str:
    """An error's type and text, as in "ValueError: no such file"."""
    text = text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def crash_reason(error: BaseException, was_terminated: bool = False) -> str:
    """Why a run was interrupted, as its Crashed state says it."""
    if isinstance(error, KeyboardInterrupt) or (is_cancelled(error) and _is_by_ctrl_c(error)):
        return "The run was interrupted by Ctrl-C (SIGINT)."
    # A loop that the signal interrupts is torn down, and cancels what it runs.
    if type(error).__name__ == "TerminationSignal" or (was_terminated and is_cancelled(error)):
        return "The run was ended by a termination signal (SIGTERM)."
    if isinstance(error, Expired) or (is_cancelled(error) and _is_out_of_time()):
        return "The run was ended because the time of a run around it was up (timeout_seconds)."
    if isinstance(error, SystemExit):
        return f"The run was ended by the program's exit (SystemExit: {text_of(error.code)})."
    if isinstance(error, GeneratorExit):
        return "The run was ended because its event loop was closed."
    if is_cancelled(error):
        return "The run was cancelled by the program that awaited it (CancelledError)."
    return f"The run was interrupted by {described(error)}."


def is_cancelled_from_without(error: BaseException | None) -> bool:
    """Whether somebody cancelled the run that raised this, or a run around it."""
    return isinstance(error, Cancelled) or (
        error is not None and error.args == (CANCELLATION_MARK,) and is_cancelled(error)
    )


def is_cancelled(error: BaseException) -> bool:
    """Whether a loop cancelled what raised this."""
    cancelled_error = imported("asyncio", "CancelledError")
    return cancelled_error is not None and isinstance(error, cancelled_error)


def note_ctrl_c(error: BaseException) -> None:
    """Notes that this cancellation is the doing of Ctrl-C, if it is: that can be seen only while its loop runs."""
    if is_cancelled(error) and _is_by_ctrl_c(error):
        setattr(error, "__headrace_ctrl_c__", True)  # noqa: B010 - no declared attribute of the class


def _is_by_ctrl_c(error: BaseException) -> bool:
    # `asyncio.run` turns Ctrl-C into the cancellation of its main task. Its handler is a method of what counts them.
    if threading.get_ident() == threading.main_thread().ident:
        runner = getattr(getattr(signal.getsignal(signal.SIGINT), "func", None), "__self__", None)
        if getattr(runner, "_interrupt_count", 0):
            return True
    return getattr(error, "__headrace_ctrl_c__", False)


def _is_out_of_time() -> bool:
    tells: Callable[[], bool] | None = imported("headrace._kernel.deadlines", "is_out_of_time")
    return tells is not None and tells()


def is_of_closed_journal(error: BaseException) -> bool:
    """Whether somebody reported behind the journal's end: the process ends, and daemon threads go on until it has."""
    stale = imported("headrace.journal.errors", "StaleJournal")
    return stale is not None and isinstance(error, stale)
