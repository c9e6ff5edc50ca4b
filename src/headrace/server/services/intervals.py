"""A loop of the server in a thread of its own."""

import threading
from collections.abc import Callable

from headrace._kernel import clock

__all__ = ["Intervals"]


class Intervals:
    """Takes turns, at once and then in intervals: each says in how many seconds the next one is due."""

    def __init__(self, name: str, turn: Callable[[], float]) -> None:
        self._turn = turn
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the loop, and waits for the turn that is under way."""
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            clock.wait(self._stopping, self._turn())
