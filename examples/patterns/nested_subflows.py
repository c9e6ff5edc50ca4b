"""Subflows in subflows: a tree of runs that has the shape of the problem.

    python examples/patterns/nested_subflows.py

    army ── year ── quarter ── the deaths of three months, for each cause

A failure stays where it is handled: a quarter without data fails its own run, and the year goes on without it.
"""

import csv
from pathlib import Path

from headrace import flow, task

CRIMEA = Path(__file__).parents[1] / "data" / "crimea.csv"

QUARTERS = {"spring": ("04", "05", "06"), "summer": ("07", "08", "09"), "autumn": ("10", "11", "12")}


@task
def read(months: list[str]) -> list[dict[str, str]]:
    with CRIMEA.open(newline="") as text:
        return [row for row in csv.DictReader(text) if row["month"] in months]


@task
def deaths(rows: list[dict[str, str]]) -> int:
    return sum(int(row[cause]) for row in rows for cause in ("disease", "wounds", "other"))


@flow(flow_run_name="{name} of {year}")
def quarter(year: int, name: str) -> int:
    rows = read([f"{year}-{month}" for month in QUARTERS[name]])
    if not rows:
        raise LookupError(f"nothing is known of the {name} of {year}")
    return deaths(rows)


@flow(flow_run_name="year {number}")
def year(number: int) -> dict[str, int]:
    states = {name: quarter(number, name, return_state=True) for name in QUARTERS}
    return {name: state.result() for name, state in states.items() if state.is_completed()}


@flow
def army(*years: int) -> dict[int, dict[str, int]]:
    return {number: year(number) for number in years}


if __name__ == "__main__":
    for number, quarters in army(1854, 1855, 1856).items():
        print(f"{number}: {quarters or 'nothing is known'}")
