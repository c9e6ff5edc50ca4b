"""Where commands print: text and colours for a terminal, tables, and JSON for programs."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:  # 100 ms, which only a table is worth.
    from rich.text import Text

__all__ = [
    "Cell",
    "Pair",
    "fits",
    "print_json",
    "print_pairs",
    "print_table",
    "say",
    "shows_colours",
    "tell",
    "warn",
    "wrapped",
]

# Wide enough for any row: what is piped into another program is never cut.
_UNLIMITED_COLUMNS = 100_000
_GAP = 2


class Cell(NamedTuple):
    """A text of a table, with its colour."""

    text: str
    colour: str | None = None


Pair = tuple[str, str | Cell | None]
"""A name and its value; what has none is left out."""


def shows_colours(stream: IO[str]) -> bool:
    """Whether colours may be written there: to a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str = "", **style: Any) -> None:
    """Writes a line to standard output, styled where colours are shown."""
    click.echo(click.style(text, **style) if style else text, color=shows_colours(sys.stdout))


def tell(text: str, **style: Any) -> None:
    """Writes a line to standard error: news beside what was asked for."""
    click.echo(click.style(text, **style) if style else text, err=True, color=shows_colours(sys.stderr))


def warn(text: str) -> None:
    """Writes a warning to standard error."""
    tell(text, fg="yellow")


def print_json(value: Any) -> None:
    """Writes JSON, indented."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False), color=False)


def print_pairs(pairs: Iterable[Pair]) -> None:
    """Writes names and values below each other, the values in one column."""
    given = [(name, value if isinstance(value, Cell) else Cell(value)) for name, value in pairs if value is not None]
    width = max((len(name) for name, _ in given), default=0) + 2
    for name, value in given:
        first, *more = _broken(value.text, width)
        styled = click.style(first, fg=value.colour) if value.colour else first
        say(f"{click.style(name.ljust(width), dim=True)}{styled}")
        for line in more:
            say(" " * width + line)


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    whole: Sequence[str] = (),
    wrapping: Sequence[str] = (),
) -> None:
    """Writes a table, a line each row.

    On a terminal that is too narrow texts are cut short, but those of the columns in `whole` never are, and those in
    `wrapping` go on in a further line.
    """
    from rich.console import Console
    from rich.table import Table

    console = Console(
        width=shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNLIMITED_COLUMNS,
        color_system="auto" if shows_colours(sys.stdout) else None,
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column in columns:
        # What may not wrap is the last to be made narrower; that the rest does not wrap either is said by its text.
        table.add_column(column, no_wrap=column in whole, overflow="ignore" if column in whole else "ellipsis")
    for row in rows:
        table.add_row(*(_text(cell, column in wrapping) for cell, column in zip(row, columns, strict=True)))
    with console.capture() as captured:
        console.print(table, crop=False, soft_wrap=False)
    for line in captured.get().splitlines():
        click.echo(line.rstrip(), color=True)


def _text(cell: str | Cell, wraps: bool) -> "Text":
    from rich.text import Text

    given = cell if isinstance(cell, Cell) else Cell(cell)
    # A line break in a name would break the table.
    return Text(
        " ".join(given.text.split()),
        style=given.colour or "",
        no_wrap=not wraps,
        overflow="fold" if wraps else "ellipsis",
    )


def fits(columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> bool:
    """Whether a table fits the terminal as it is; anything fits where there is none."""
    if not sys.stdout.isatty():
        return True
    texts = [columns, *([cell.text if isinstance(cell, Cell) else cell for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return sum(widths) + _GAP * (len(widths) - 1) <= shutil.get_terminal_size().columns


def wrapped(text: str, *, indent: int) -> str:
    """The text behind so many blanks, each line of it; broken to the terminal's width where there is one."""
    return "\n".join(" " * indent + line for line in _broken(text, indent))


def _broken(text: str, indent: int) -> list[str]:
    """The lines of a text, on a terminal no longer than what is left of its width behind `indent`."""
    lines = text.splitlines() or [""]
    if not sys.stdout.isatty():
        return lines
    width = max(shutil.get_terminal_size().columns - indent, 20)
    return [part for line in lines for part in _wrapped_line(line, width)]


def _wrapped_line(line: str, width: int) -> list[str]:
    # A path or an id that is broken cannot be copied.
    return wrap(line, width, break_on_hyphens=False, break_long_words=False) or [""]
