"""Progress bars, drawn by rich: one at the foot of the terminal for each name whose runs have not all ended; when they
have, it is left as a line among all others.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol, TextIO

import rich.console
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from headrace._kernel import clock
from headrace.logging._footer import Footer
from headrace.logging.console import Console
from headrace.settings import get_current_settings

__all__ = ["ProgressBars"]

_MOST_COLUMNS: Final = 120
_LONGEST_NAME: Final = 32


class Tally(Protocol):
    """What a bar tells of: runs of one name, and since when, on the monotonic clock, they were asked for."""

    name: str
    began_at: float
    total: int
    completed: int
    failed: int
    cancelled: int

    @property
    def left(self) -> int: ...


class ProgressBars:
    """The bars on a terminal."""

    def __init__(self, console: Console, terminal: TextIO) -> None:
        self._console = console
        self._footer = Footer(terminal.fileno())
        has_colors = get_current_settings().logging.colors
        self._pen = rich.console.Console(file=terminal, no_color=not has_colors, highlight=False)

    def show(self, going: Sequence[Tally], ended: Sequence[Tally]) -> None:
        """Shows those that are going on, as many as there is room for, and those that have ended for the last time."""
        room = self._footer.room()
        kept = going if len(going) <= room.lines else going[: max(0, room.lines - 1)]
        lines = self._drawn([*kept, *ended], room.columns or self._pen.width)
        bars = lines[: len(kept)]
        if room.lines and len(kept) < len(going):
            bars.append(f"... and {len(going) - len(kept)} more")
        self._footer.show(bars)
        if ended:
            self._console.write("".join(f"{line.rstrip()}\n" for line in lines[len(kept) :]))

    def close(self) -> None:
        """Gives the foot of the terminal back."""
        self._footer.close()

    def _drawn(self, tallies: Sequence[Tally], columns: int) -> list[str]:
        if not tallies:
            return []
        with self._pen.capture() as captured:
            # A terminal whose last column is written to may go on in the next row.
            self._pen.print(_table(tallies), width=min(columns - 1, _MOST_COLUMNS))
        return captured.get().splitlines()


def _table(tallies: Sequence[Tally]) -> Table:
    """A row for each of them."""
    figures = [Column(justify="right", no_wrap=True) for _ in range(4)]
    table = Table(
        Column(no_wrap=True, max_width=_LONGEST_NAME, overflow="ellipsis"),
        Column(ratio=1),
        *figures,
        box=None,
        expand=True,
        show_header=False,
        pad_edge=False,
    )
    for tally in tallies:
        done, elapsed = tally.completed + tally.failed, clock.monotonic() - tally.began_at
        untoward = [
            Text(f"{count:,} {what}", style)
            for count, what, style in ((tally.failed, "failed", "red"), (tally.cancelled, "cancelled", "yellow"))
            if count
        ]
        estimate = f"{_duration(elapsed * tally.left / done)} left" if done and tally.left else ""
        table.add_row(
            _one_line(tally.name),
            ProgressBar(total=tally.total, completed=done),
            f"{done:,}/{tally.total:,}",
            Text(", ").join(untoward),
            _duration(elapsed),
            Text(estimate, "cyan"),
        )
    return table


def _one_line(name: str) -> Text:
    return Text("".join(character if character.isprintable() else " " for character in name))


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))
