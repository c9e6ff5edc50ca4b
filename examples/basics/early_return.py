"""Nothing to do: a flow that returns early, and a final state that says why.

    python examples/basics/early_return.py

A plain `return` completes the run. A state that is returned is the run's final state: `Completed` with a name and a
message of its own tells those who look at the list of runs that this one had nothing to do.
"""

import csv
from pathlib import Path
from typing import Any

from headrace import flow, task
from headrace.states import Completed

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


@task
def days_with(weather: str) -> list[str]:
    with SEATTLE.open(newline="") as text:
        return [day["date"] for day in csv.DictReader(text) if day["weather"] == weather]


@task
def describe(days: list[str]) -> str:
    return f"{len(days)} days, the last one was {days[-1]}"


@flow
def report(weather: str) -> Any:
    days = days_with(weather)
    if not days:
        return Completed(name="Skipped", message=f"there was no {weather} in 2015")
    return describe(days)


if __name__ == "__main__":
    for weather in ("fog", "snow"):
        state = report(weather, return_state=True)
        print(f"{weather}: {state.name}, {state.result() if state.name == 'Completed' else state.message}")
