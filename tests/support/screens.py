"""A terminal in front of a script: what a person sees of it, line by line, while it runs and afterwards."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

__all__ = ["Screen"]

_BOUND_SECONDS = 30
CTRL_C = b"\x03"


class Screen:
    """A script that runs on a terminal of its own. What it reads as standard input is a pipe, and not the keyboard."""

    def __init__(self, script: Path, *, rows: int = 24, columns: int = 100, **environment: str) -> None:
        self._controller, terminal = pty.openpty()
        self._display = pyte.HistoryScreen(columns, rows, history=100_000, ratio=1)
        self._stream = pyte.ByteStream(self._display)
        self.written = b""
        self.resize(rows, columns)

        # Without a buffer, `print` writes a line in two pieces, and another thread may write between them.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}

        def take_terminal() -> None:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            env={**inherited, "TERM": "xterm-256color", **environment},
            stdin=subprocess.PIPE,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509 - one system call, which takes no lock
        )
        os.close(terminal)

    @property
    def lines(self) -> list[str]:
        """All lines that are to be seen, what has scrolled away among them, without empty ones at the end."""
        scrolled = [
            "".join(line[column].data for column in range(self._display.columns)) for line in self._display.history.top
        ]
        lines = [line.rstrip() for line in (*scrolled, *self._display.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def foot(self) -> list[str]:
        """The last rows, below those that scroll."""
        margins = self._display.margins
        return [] if margins is None else [line.rstrip() for line in self._display.display[margins.bottom + 1 :]]

    @property
    def is_clean(self) -> bool:
        """Whether all of it scrolls, and the cursor is to be seen in an empty line below all others."""
        display = self._display
        below = [line.strip() for line in display.display[display.cursor.y :]]
        scrolls = display.margins in (None, (0, display.lines - 1))
        return scrolls and not display.cursor.hidden and display.cursor.x == 0 and not any(below)

    def until(self, holds: Callable[["Screen"], object]) -> None:
        """Looks until this holds."""
        deadline = time.monotonic() + _BOUND_SECONDS
        while not holds(self):
            if not self._look(deadline - time.monotonic()):
                raise AssertionError("\n".join(["This was to be seen:", *self.lines]))

    def tell(self, line: str) -> None:
        """Hands the script a line of its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def press(self, keys: bytes) -> None:
        """Presses keys."""
        os.write(self._controller, keys)

    def resize(self, rows: int, columns: int) -> None:
        """Makes the terminal larger or smaller."""
        fcntl.ioctl(self._controller, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._display.resize(rows, columns)

    def end(self) -> int:
        """Looks until the script has ended; its exit code."""
        deadline = time.monotonic() + _BOUND_SECONDS
        while self._look(deadline - time.monotonic()):
            pass
        return self.process.wait(max(1.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Ends the script with all that it started, where that has not ended."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        os.close(self._controller)

    def _look(self, seconds: float) -> bool:
        """Reads on; False where nothing came, or nobody writes any more."""
        if not select.select([self._controller], [], [], max(0.0, seconds))[0]:
            return False
        try:
            read = os.read(self._controller, 65536)
        except OSError:  # Linux: the other side was closed.
            return False
        self.written += read
        self._stream.feed(read)
        return bool(read)
