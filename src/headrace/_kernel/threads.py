"""Daemon threads that are kept for the next piece of work: starting one takes 120 us, waking one 10.

They hold no process open. A thread that nobody has asked for in a while ends.
"""

import os
import threading
from _thread import allocate_lock
from collections.abc import Callable
from typing import Final, NoReturn

from headrace._kernel.late import load

__all__ = ["start"]

_KEPT_SECONDS: Final = 30.0


class _Kept:
    """A thread, and the bell that wakes it for its next work."""

    __slots__ = ("_bell", "_work")

    def __init__(self, work: Callable[[], object]) -> None:
        self._bell = allocate_lock()
        self._bell.acquire()
        self._work = work
        threading.Thread(target=self._run, name="headrace-worker", daemon=True).start()

    def give(self, work: Callable[[], object]) -> None:
        """Wakes the thread for this work; it was taken off the list of idle ones by whoever gives."""
        self._work = work
        self._bell.release()

    def _run(self) -> None:
        forks = _forks
        while True:
            try:
                self._work()
            finally:
                self._work = _nothing  # What it did must not live as long as the thread.
            if forks != _forks:
                _end_process()
            _idle.append(self)
            if not self._bell.acquire(timeout=_KEPT_SECONDS):
                try:
                    _idle.remove(self)
                except ValueError:  # Somebody is about to ring.
                    self._bell.acquire()
                else:
                    return


_idle: Final[list[_Kept]] = []
_forks = 0  # how often this process is a child's child


def start(work: Callable[[], object]) -> None:
    """Lets a thread do `work`, which must not raise. RuntimeError where the system has no more threads to give."""
    try:
        thread = _idle.pop()
    except IndexError:
        _Kept(work)
    else:
        thread.give(work)


def _end_process() -> NoReturn:
    """Ends a child that work in a thread has forked, and that went on to the end of that work.

    It has no main thread that would end it, and who reports in it has a thread that holds it open.
    """
    try:
        close_session: Callable[[], None] = load("close_session")
        close_session()
    finally:
        os._exit(0)


def _nothing() -> None:
    """The work of an idle thread."""


def _forked() -> None:
    """A forked child has none of its parent's threads."""
    global _forks
    _forks += 1
    _idle.clear()


os.register_at_fork(after_in_child=_forked)
