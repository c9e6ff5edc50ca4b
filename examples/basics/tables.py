"""Tasks for small tables, for any flow to use: see reusable_tasks.py."""

import csv
from pathlib import Path

from headrace import task

DATA = Path(__file__).parents[1] / "data"

Row = dict[str, str]


@task
def read_table(name: str) -> list[Row]:
    """The rows of `examples/data/NAME.csv`."""
    with (DATA / f"{name}.csv").open(newline="") as text:
        return list(csv.DictReader(text))


@task
def column(rows: list[Row], name: str) -> list[float]:
    """The numbers of one column."""
    return [float(row[name]) for row in rows]


@task
def largest(rows: list[Row], by: str) -> Row:
    """The row with the largest number in the column `by`."""
    return max(rows, key=lambda row: float(row[by]))
