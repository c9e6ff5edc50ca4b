"""The table as people read it: on a terminal, in the README, and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Measured, Row, Target

__all__ = ["as_json", "as_markdown", "rewrite_page", "rewrite_readme", "said_of"]

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
HEADINGS = ("what", "target", "Headrace", "kept", "peer", "times better", "null")


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"


def with_unit(value: float, row: Row) -> str:
    """A number with the unit of its row."""
    return number(value) + ("" if not row.unit else row.unit if row.unit == "/s" else f" {row.unit}")


def target_text(target: Target, row: Row) -> str:
    """The bound, with its direction."""
    return f"{'>=' if target.at_least else '<='} {with_unit(target.bound, row)}"


def cells(measured: Measured) -> tuple[str, ...]:
    """One row of the table."""
    row = measured.row

    def cell(side: str) -> str:
        figure = measured.figures.get(side)
        if figure is None:
            return ""
        return with_unit(figure.value, row) + (f" ({figure.note})" if figure.note else "")

    kept = {True: "yes", False: "**no**", None: "not measured"}[measured.is_met]
    ratio = "" if measured.ratio is None else f"{number(measured.ratio)}x"
    return (row.what, target_text(row.target, row), cell("ours"), kept, cell("peer"), ratio, cell("null"))


def said_of(measured: Measured) -> str:
    """One row on a terminal."""
    what, target, ours, kept, peer, ratio, null = cells(measured)
    parts = [f"{measured.row.name:14} {what}: {ours or '-'} (target {target}, kept: {kept.strip('*')})"]
    parts += [f"peer {peer}, {ratio} better" if ratio else f"peer {peer}"] if peer else []
    parts += [f"null {null}"] if null else []
    parts += [f"{side}: {trouble}" for side, trouble in measured.troubles.items()]
    details = measured.figures["ours"].details if "ours" in measured.figures else ""
    return "; ".join(parts) + (f"\n\n{details}\n" if details else "")


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, CPython {platform.python_version()}"


def as_markdown(rows: Sequence[Measured]) -> str:
    """The table in Markdown, with what it was measured on."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *map(cells, rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{table}\n\nMeasured by `make bench` in one run on {machine()}; the peer is Prefect 3.8.8.\n"


def as_json(rows: Sequence[Measured]) -> str:
    """The figures for a program to compare."""
    described: list[dict[str, Any]] = [
        {
            "name": measured.row.name,
            "what": measured.row.what,
            "unit": measured.row.unit,
            "target": measured.row.target.bound,
            "at_least": measured.row.target.at_least,
            "kept": measured.is_met,
            "ratio": measured.ratio,
            "figures": {side: vars(figure) for side, figure in measured.figures.items()},
            "troubles": measured.troubles,
        }
        for measured in rows
    ]
    return json.dumps({"machine": machine(), "rows": described}, indent=2) + "\n"


def rewrite_readme(readme: Path, rows: Sequence[Measured]) -> None:
    """Puts the table between the marks of the README."""
    put_between_marks(readme, as_markdown(rows))


def rewrite_page(page: Path, measured: Measured) -> None:
    """Puts the details of a row between the marks of its page."""
    put_between_marks(page, f"{measured.figures['ours'].details}\n\nMeasured by `make bench` on {machine()}.\n")


def put_between_marks(page: Path, table: str) -> None:
    """Changes what stands there, and nothing else."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{table}{END}{after}", encoding="utf-8")
