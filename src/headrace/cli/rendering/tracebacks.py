"""Tracebacks as users see them: with the frames of their own code."""

from pathlib import Path
from traceback import TracebackException

import headrace

__all__ = ["user_traceback"]

_OURS = (f"{Path(headrace.__file__).parent}/", "<frozen importlib")


def user_traceback(error: BaseException | None) -> str:
    """The traceback of an error and of those behind it, without frames of Headrace and of the import system.

    Empty for an error that has no other frames: its sentence was told where it was raised.
    """
    if error is None:
        return ""
    shown = TracebackException.from_exception(error)
    _trim(shown)
    if not shown.stack and not isinstance(error, SyntaxError):
        return ""
    return "".join(shown.format())


def _trim(shown: TracebackException) -> None:
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(_OURS)]
    for behind in (shown.__cause__, shown.__context__, *(shown.exceptions or ())):
        if behind is not None:
            _trim(behind)
