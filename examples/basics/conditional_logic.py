"""Branches are plain `if`s: only the tasks that are called have runs.

    python examples/basics/conditional_logic.py

Each day of Seattle's weather asks for another plan.
"""

import csv
from pathlib import Path

from headrace import flow, task

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


@task
def weather_of(date: str) -> dict[str, str]:
    with SEATTLE.open(newline="") as text:
        return next(day for day in csv.DictReader(text) if day["date"] == date)


@task
def go_swimming(max_c: float) -> str:
    return f"swim, at {max_c} °C"


@task
def take_an_umbrella(rain_mm: float) -> str:
    return f"take an umbrella, for {rain_mm} mm of rain"


@task
def go_for_a_walk() -> str:
    return "go for a walk"


@flow
def plan(date: str) -> str:
    day = weather_of(date)
    rain_mm, max_c = float(day["rain_mm"]), float(day["max_c"])
    if rain_mm > 0:
        return take_an_umbrella(rain_mm)
    if max_c > 25:
        return go_swimming(max_c)
    return go_for_a_walk()


if __name__ == "__main__":
    for date in ("2015-01-01", "2015-03-15", "2015-07-01"):
        print(f"{date}: {plan(date)}")
