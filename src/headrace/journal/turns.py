"""Whose turn it is to drain: one thread at a time, and the drainer steps back for whoever waits at a barrier."""

import threading
from contextlib import suppress

from headrace._kernel import clock

__all__ = ["DrainTurn"]


class DrainTurn:
    """A lock that knows its owner and that it is waited for. Ctrl-C at any instant of taking it leaves it free."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # for it knows in C whose it is; nobody takes it twice
        self._owner = 0
        self._waiting: set[int] = set()

    @property
    def is_awaited(self) -> bool:
        """Whether a barrier waits for the turn."""
        return bool(self._waiting)

    def take(self, deadline: float | None) -> bool:
        """Waits for the turn until `deadline` (monotonic); False where it passed.

        Also False where this very thread has the turn: a signal handler has interrupted it within the sink, and to
        wait would be to wait for itself.
        """
        thread = threading.get_ident()
        if self._owner == thread:
            return False
        seconds = -1 if deadline is None else min(max(deadline - clock.monotonic(), 0), threading.TIMEOUT_MAX)
        try:
            try:
                self._waiting.add(thread)
                return self._own(self._lock.acquire(timeout=seconds))
            finally:
                self._waiting.discard(thread)
        except BaseException:
            with suppress(RuntimeError):  # it was not taken
                self.end()
            raise

    def take_if_free(self) -> bool:
        """Takes the turn unless somebody has it or waits for it."""
        return not self._waiting and self._own(self._lock.acquire(blocking=False))

    def _own(self, is_taken: bool) -> bool:
        if is_taken:
            self._owner = threading.get_ident()
        return is_taken

    def end(self) -> None:
        """Passes the turn on."""
        if self._owner == threading.get_ident():
            self._owner = 0
        self._lock.release()
