"""The background thread that drains a journal: at short intervals while something happens, at long ones while not."""

import threading
from collections.abc import Callable

from headrace._kernel import clock

__all__ = ["Drainer"]


class Drainer:
    """Calls `tick` again and again in a daemon thread; `tick` returns after how many seconds it wants to be called."""

    def __init__(self, tick: Callable[[], float], first_after_seconds: float) -> None:
        self._tick = tick
        self._seconds = first_after_seconds
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread. Where there can be none, draining is left to barriers and to the end."""
        thread = threading.Thread(target=self._run, name="headrace-drainer", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return
        self._thread = thread

    def _run(self) -> None:
        while not self._is_stopping:
            clock.wait(self._wake, self._seconds)
            self._wake.clear()
            if not self._is_stopping:
                self._seconds = self._tick()

    def wake(self) -> None:
        """Lets the next tick be due at once."""
        self._wake.set()

    def stop(self, timeout_seconds: float) -> None:
        """Ends the thread behind the tick it is in."""
        self._is_stopping = True
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_seconds)
