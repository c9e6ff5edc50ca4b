"""Termination: on SIGTERM, a flow in the main thread ends as Crashed, instead of vanishing with its process."""

import signal
import threading
from types import FrameType

__all__ = ["TerminationSignal", "termination_raises"]


class TerminationSignal(SystemExit):
    """Raised in the main thread on SIGTERM while a flow runs; unhandled, it ends the process with status 143."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class _Watch:
    """Counts the flows of the main thread: the first one installs the handler, the last one takes it away."""

    flows = 0
    has_raised = False
    """Whether the signal came: then cancellations are its doing (a loop that is torn down cancels what it runs)."""

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        # A program (or a loop) that handles SIGTERM itself keeps its handler.
        if _Watch.flows == 0 and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminate)
        _Watch.flows += 1

    def __exit__(self, *exc_info: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        _Watch.flows -= 1
        if _Watch.flows == 0:
            _Watch.has_raised = False
            if signal.getsignal(signal.SIGTERM) is _terminate:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)


termination_raises = _Watch()
"""A context in which SIGTERM raises TerminationSignal in the main thread."""


def _terminate(number: int, frame: FrameType | None) -> None:
    _Watch.has_raised = True
    raise TerminationSignal
