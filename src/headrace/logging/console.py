"""The terminal: lines of runs, written to standard error at once while there are few, in batches while there are many.

A `StreamHandler` holds its lock over a write that drops the GIL, which costs threads 25 to 80 us a line. Here the first
lines of each 20 ms are written by the thread that logs them (so that they stand where the user's own prints expect
them); a flood beyond that is queued, and one thread writes it joined.
"""

import os
import sys
import threading
from collections import deque
from time import localtime, strftime
from typing import TextIO

from headrace._kernel import clock

__all__ = ["Console"]

_WINDOW_SECONDS = 0.02
_LINES_AT_ONCE = 20

_RESET = "\033[0m"
_LEVEL_COLORS = {
    "DEBUG": "\033[2m",
    "INFO": "\033[36m",
    "WARNING": "\033[33m",
    "ERROR": "\033[31m",
    "CRITICAL": "\033[1;31m",
}


class Console:
    """Where the lines of all loggers end up on a terminal, a pipe or a file."""

    def __init__(self, stream: TextIO | None = None, *, colors: bool = True) -> None:
        self._given = stream
        self._colors = colors
        self._queue: deque[str] = deque()
        self._lock = threading.Lock()
        self._more = threading.Event()
        self._writer: threading.Thread | None = None
        self._window_end = 0.0
        self._window_lines = 0
        self._known: tuple[object, bool] = (None, False)
        self._second = -1
        self._second_text = ""

    @property
    def stream(self) -> TextIO:
        """Standard error as it is now: test runners and notebooks replace it."""
        return self._given or sys.stderr

    def line(self, at: int, level: str, source: str, message: str) -> None:
        """Shows one line; `at` in microseconds since the epoch, `source` as in "Task run 'add-3f1'"."""
        second, rest = divmod(at, 1_000_000)
        if second != self._second:
            self._second_text = strftime("%H:%M:%S", localtime(second))
            self._second = second
        if self._colors and self.is_terminal():
            level_text = f"{_LEVEL_COLORS.get(level, '')}{level:<7}{_RESET}"
        else:
            level_text = f"{level:<7}"
        self.write(f"{self._second_text}.{rest // 1000:03d} | {level_text} | {source} - {message}\n")

    def write(self, text: str) -> None:
        """Writes at once while there is little to write, else soon."""
        now = clock.monotonic()
        if now >= self._window_end:
            self._window_end = now + _WINDOW_SECONDS
            self._window_lines = 0
        self._window_lines += 1
        self._queue.append(text)
        if self._window_lines <= _LINES_AT_ONCE:
            self.flush()
        elif not self._more.is_set():
            self._wake()

    def flush(self) -> None:
        """Writes what is queued, in the calling thread; a broken stream takes no line, which is no run's fault."""
        with self._lock:
            lines: list[str] = []
            while self._queue:
                lines.append(self._queue.popleft())
            if not lines:
                return
            try:
                stream = self.stream
                stream.write("".join(lines))
                stream.flush()
            except (OSError, ValueError, AttributeError):
                return

    def forked(self) -> None:
        """In a forked child: the parent's queue is the parent's to write, and its thread does not exist here."""
        self._queue = deque()
        self._lock = threading.Lock()
        self._more = threading.Event()
        self._writer = None

    def is_terminal(self) -> bool:
        """Whether a person reads the stream; asked once for each stream, as asking is a system call."""
        stream = self._given or sys.stderr
        if self._known[0] is not stream:
            self._known = (stream, stream.isatty())
        return self._known[1]

    def is_screen(self) -> bool:
        """Whether it is a terminal on which the cursor can be moved."""
        return self.is_terminal() and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")

    def _wake(self) -> None:
        self._more.set()
        if self._writer is None:
            with self._lock:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._write_on, name="headrace-console", daemon=True)
                    self._writer.start()

    def _write_on(self) -> None:
        while True:
            clock.wait(self._more, None)
            clock.sleep(_WINDOW_SECONDS)
            self._more.clear()
            self.flush()
