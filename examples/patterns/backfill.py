"""Backfill: the flow of a day, run for the days that nobody has run it for.

    python examples/patterns/backfill.py
    headrace run examples/patterns/backfill.py:day_of_rain --param day=2015-03-15 --param folder=out/rain

The day is a parameter, never "today": so any day can be run, at any time, and again. Days that are there already are
skipped, and a day that fails is left for the next backfill.
"""

import csv
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from headrace import flow, task
from headrace.states import Completed

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


@task(task_run_name="rain of {day}")
def rain_mm(day: date) -> float:
    with SEATTLE.open(newline="") as text:
        measured = {row["date"]: float(row["rain_mm"]) for row in csv.DictReader(text)}
    return measured[day.isoformat()]


@task
def write(path: Path, millimetres: float) -> Path:
    path.write_text(f"{millimetres}\n")
    return path


@flow(flow_run_name="rain of {day}")
def day_of_rain(day: date, folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day}.txt"
    if path.exists():
        return Completed(name="Skipped", message=f"{path.name} is there")
    return write(path, rain_mm(day))


@flow(flow_run_name="backfill from {first} to {last}")
def backfill(first: date, last: date, folder: Path) -> dict[str, int]:
    """Runs each day, and counts how the runs ended."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Counter(str(day_of_rain(day, folder, return_state=True).name) for day in days)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("one day:", day_of_rain(date(2015, 12, 30), folder).name)
        # The year is over before the last two days, of which nothing is known.
        print("backfill:", dict(backfill(date(2015, 12, 29), date(2016, 1, 2), folder)))
        print("written:", ", ".join(sorted(path.stem for path in folder.iterdir())))
