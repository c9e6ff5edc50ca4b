"""Termination: on SIGTERM, a flow in the main thread ends as Crashed, instead of vanishing with its process."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Final, cast

from headrace._kernel import clock
from headrace._kernel.crashes import Cancelled, Expired

__all__ = ["TerminationSignal", "patience_with", "termination_raises"]

_LEAVING_SECONDS: Final = 0.5  # for processes to say what they were at
_GRACE_SECONDS: Final = 5.0  # Who sends SIGTERM to a process kills it some time later: Docker after ten seconds.


class TerminationSignal(SystemExit):
    """Raised in the main thread on SIGTERM while a flow runs; unhandled, it ends the process with status 143."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class _Watch:
    """Counts the flows of the main thread: the first one installs the handler, the last one takes it away."""

    flows = 0
    has_raised = False
    """Whether the signal came: then cancellations are its doing (a loop that is torn down cancels what it runs)."""
    deadline = 0.0

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
        _Watch.flows = max(_Watch.flows - 1, 0)  # A forked child leaves flows that it never entered.
        if _Watch.flows == 0:
            _Watch.has_raised = False
            if signal.getsignal(signal.SIGTERM) is _terminate:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)


termination_raises = _Watch()
"""A context in which SIGTERM raises TerminationSignal in the main thread."""


def _terminate(number: int, frame: FrameType | None) -> None:
    if not _Watch.has_raised:
        _Watch.has_raised, _Watch.deadline = True, clock.monotonic() + _GRACE_SECONDS
    raise TerminationSignal


def patience_with(interruption: BaseException) -> float | None:
    """How many seconds an interrupted flow waits for the task runs that have begun; None is as long as they take."""
    if sys.is_finalizing() or type(interruption) is GeneratorExit:
        return 0.0  # Threads do not go on; or whoever collects an abandoned coroutine does.
    if not threading.main_thread().is_alive():  # The interpreter ends, and closes generators.
        return _GRACE_SECONDS
    if isinstance(interruption, Cancelled):
        return _GRACE_SECONDS
    if type(interruption) is Expired:
        return _LEAVING_SECONDS
    return max(_Watch.deadline - clock.monotonic(), 0.0) if _Watch.has_raised else None


class _Forking(threading.local):
    mask: set[int] | None = None  # what the thread that forks had blocked before


_forking = _Forking()


def _before_fork() -> None:
    # Between the fork and its first line of Python, a child forgets a signal that has a handler: it waits until then.
    if signal.getsignal(signal.SIGTERM) is _terminate:
        _forking.mask = cast("set[int]", signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}))


def _after_fork() -> None:
    mask, _forking.mask = _forking.mask, None
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _after_fork_in_child() -> None:
    """The flows are the parent's, and SIGTERM ends the child at once, as its parent expects.

    With our handler, a signal that comes just before the child waits in a system call is looked at when that call ends:
    for a worker of a multiprocessing.Pool that is never, and whoever joins it hangs.
    """
    _Watch.flows = 0
    _Watch.has_raised = False
    if signal.getsignal(signal.SIGTERM) is _terminate:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _after_fork()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
