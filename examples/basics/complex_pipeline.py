"""All together: subflows, futures, retries, hooks, names and tags in one pipeline.

    python examples/basics/complex_pipeline.py

    monthly_report
    ├── read_days                      tried again where the file is locked
    ├── month (a subflow, 4 times)     named by its month
    │   ├── mean_c, rain_mm            at the same time
    │   └── grade                      depends on both
    └── write_report                   calls a hook when the report is there

`headrace flow-run inspect RUN` shows the steps of a run, with their states and times.
"""

import csv
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from headrace import flow, tags, task
from headrace.runtime import task_run

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


class Day(NamedTuple):
    """The weather of one day."""

    month: str
    mean_c: float
    rain_mm: float


class Month(NamedTuple):
    """The weather of one month, and a word for it."""

    name: str
    mean_c: float
    rain_mm: float
    grade: str


def announce(task: Any, task_run: Any, state: Any) -> None:
    print(f"the report is there: {state.result().name}")


@task(retries=2, retry_delay_seconds=0.01)
def read_days(path: Path) -> list[Day]:
    if task_run.run_count == 1:
        raise PermissionError(f"{path.name} is locked by somebody else")
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    return [
        Day(row["date"][:7], (float(row["max_c"]) + float(row["min_c"])) / 2, float(row["rain_mm"])) for row in rows
    ]


@task(task_run_name="mean of {month}")
def mean_c(month: str, days: list[Day]) -> float:
    return sum(day.mean_c for day in days) / len(days)


@task(task_run_name="rain of {month}")
def rain_mm(month: str, days: list[Day]) -> float:
    return sum(day.rain_mm for day in days)


@task
def grade(name: str, mean: float, rain: float) -> Month:
    word = "wet" if rain > 100 else "hot" if mean > 18 else "fair"
    return Month(name, mean, rain, word)


@flow(flow_run_name="weather of {name}")
def month(name: str, days: list[Day]) -> Month:
    mean, rain = mean_c.submit(name, days), rain_mm.submit(name, days)
    return grade.submit(name, mean, rain).result()


@task(on_completion=[announce], tags=["report"])
def write_report(path: Path, months: list[Month]) -> Path:
    path.write_text("".join(f"{it.name}  {it.mean_c:5.1f} °C {it.rain_mm:6.1f} mm  {it.grade}\n" for it in months))
    return path


@flow
def monthly_report(folder: Path, last: str = "2015-04") -> Path:
    days = [day for day in read_days(SEATTLE) if day.month <= last]
    with tags("monthly"):
        months = [month(name, list(of_month)) for name, of_month in groupby(days, key=lambda day: day.month)]
    return write_report(folder / "report.txt", months)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(monthly_report(Path(folder)).read_text(), end="")
