"""Lines at the foot of a terminal, which stay there while all that is written scrolls above them.

The terminal keeps them apart, as it does for package managers: its scrolling region is all but its last rows. So what
is written needs no detour: prints, handlers of users' own, and other processes on the same terminal.
"""

import os
from contextlib import suppress
from typing import Final

__all__ = ["Footer"]

# In the words of the VT100, which terminals have in common: remember and restore the cursor with its colours; move it
# down a row, which scrolls at the end of the region; make the region the whole screen.
_SAVE: Final = "\0337"
_RESTORE: Final = "\0338"
_DOWN: Final = "\033D"
_WHOLE: Final = "\033[r"
_ERASE: Final = "\033[2K"
_ERASE_BELOW: Final = "\033[J"

_LEAST_ROWS: Final = 8
_LEAST_COLUMNS: Final = 40
_SHARE: Final = 3  # of so many rows, one may be the footer's
_NONE: Final = os.terminal_size((0, 0))


class Footer:
    """The last rows of the terminal that a descriptor leads to."""

    def __init__(self, descriptor: int) -> None:
        # One of its own: users lead theirs elsewhere for a while.
        self._descriptor = os.dup(descriptor)
        self._size = _NONE
        self._lines: list[str] = []

    def room(self) -> os.terminal_size:
        """How many columns and rows it may have now.

        None on a terminal that is too small, nor while another program has the terminal: a shell, where the script was
        sent to the background.
        """
        try:
            size = os.get_terminal_size(self._descriptor)
            is_ours = os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return _NONE
        if size != self._size:
            if self._lines:  # They may stand anywhere now, but below the cursor, as nothing else does.
                self._write(f"{_SAVE}{_WHOLE}{_RESTORE}{_ERASE_BELOW}")
                self._lines = []
            self._size = size
        if size.lines < _LEAST_ROWS or size.columns < _LEAST_COLUMNS or not is_ours:
            return _NONE
        return os.terminal_size((size.columns, size.lines // _SHARE))

    def show(self, lines: list[str]) -> None:
        """Shows these lines in place of those before; they have to fit into the room that there is."""
        before, count, rows = len(self._lines), len(lines), self._size.lines
        if lines == self._lines:
            return
        written: list[str] = []
        if count > before:  # What stands in the rows that it takes moves up, and the cursor with it.
            written.append(f"{_DOWN * (count - before)}\033[{count - before}A")
        written.append(_SAVE)
        written += (f"\033[{row};1H{_ERASE}" for row in range(rows - before + 1, rows - count + 1))
        if count != before:
            written.append(f"\033[1;{rows - count}r" if count else _WHOLE)
        written += (f"\033[{row};1H{_ERASE}{line}" for row, line in enumerate(lines, rows - count + 1))
        written.append(_RESTORE)
        self._lines = lines
        self._write("".join(written))

    def close(self) -> None:
        """Gives the rows back."""
        self.show([])
        with suppress(OSError):
            os.close(self._descriptor)

    def _write(self, text: str) -> None:
        with suppress(OSError):  # A terminal that is gone shows nothing.
            os.write(self._descriptor, text.encode(errors="replace"))
