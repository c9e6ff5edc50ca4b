"""Parameters are what their annotations say: coerced where that is safe, refused where it is not.

    python examples/basics/parameterized_flows.py
    headrace run examples/basics/parameterized_flows.py:rainfall --param since=2015-12-01 --param unit=inches

Text from a command line or a form becomes a date, an enumeration, a number. What does not fit fails the run before
its first line, with an error that names the parameter.
"""

import csv
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from headrace import flow, task
from headrace.exceptions import ParameterTypeError

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


class Unit(Enum):
    """A unit of rainfall, by its name."""

    MILLIMETRES = "millimetres"
    INCHES = "inches"

    @property
    def in_mm(self) -> float:
        """How many millimetres it is."""
        return 25.4 if self is Unit.INCHES else 1.0


@task
def total_mm(since: date, days: int) -> float:
    with SEATTLE.open(newline="") as text:
        rows = [row for row in csv.DictReader(text) if date.fromisoformat(row["date"]) >= since]
    return sum(float(row["rain_mm"]) for row in rows[:days])


@flow
def rainfall(
    since: date = date(2015, 1, 1),
    days: Annotated[int, Field(ge=1, le=365)] = 31,
    unit: Unit = Unit.MILLIMETRES,
) -> str:
    return f"{total_mm(since, days) / unit.in_mm:.1f} {unit.value} in {days} days from {since:%d %B %Y}"


if __name__ == "__main__":
    print(rainfall())
    form: dict[str, Any] = {"since": "2015-12-01", "days": "7", "unit": "inches"}
    print(rainfall(**form))
    try:
        rainfall(days=1000)
    except ParameterTypeError:
        print("1000 days are refused: the run is Failed, and its log says why")
