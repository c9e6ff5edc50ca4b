"""A flow that calls a flow: the inner run is a run of its own, and a step of the outer one.

    python examples/basics/subflows.py

The subflow has its own parameters, tasks and states, and can be run alone as well. In the graph of its parent it is
one step, and what depends on its result has an edge from it.
"""

import csv
from pathlib import Path

from headrace import flow, task

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


@task
def days_of(month: str) -> list[dict[str, str]]:
    with SEATTLE.open(newline="") as text:
        return [day for day in csv.DictReader(text) if day["date"].startswith(month)]


@task
def mean(days: list[dict[str, str]]) -> float:
    return sum(float(day["max_c"]) + float(day["min_c"]) for day in days) / (2 * len(days))


@flow
def mean_of_month(month: str) -> float:
    return mean(days_of(month))


@task
def difference(summer: float, winter: float) -> float:
    return summer - winter


@flow
def summer_and_winter() -> float:
    summer = mean_of_month("2015-07")
    winter = mean_of_month("2015-01")
    print(f"July: {summer:.1f} °C, January: {winter:.1f} °C")
    return difference(summer, winter)


if __name__ == "__main__":
    print(f"July is warmer by {summer_and_winter():.1f} °C")
    print(f"May, run alone: {mean_of_month('2015-05'):.1f} °C")
