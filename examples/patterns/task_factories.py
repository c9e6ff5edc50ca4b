"""Task factories: functions that make tasks, where many differ in a name, a number or a function alone.

    python examples/patterns/task_factories.py

A task is made by calling `task`, with or without `@`. What is made at run time is recorded as any other task.
"""

import csv
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

from headrace import Task, flow, task

DATA = Path(__file__).parents[1] / "data"

Numbers = list[float]


def reader(name: str, column: str) -> Task[[], Numbers]:
    """A task that reads the numbers of a column of `examples/data/NAME.csv`."""

    @task(name=f"read {column} of {name}", tags=["read", name])
    def read() -> Numbers:
        with (DATA / f"{name}.csv").open(newline="") as text:
            return [float(row[column]) for row in csv.DictReader(text)]

    return read


def statistic(function: Callable[[Iterable[float]], float]) -> Task[[Numbers], float]:
    """A task of a function of the module `statistics`."""

    def compute(numbers: Numbers) -> float:
        return round(function(numbers), 1)

    return task(compute, name=function.__name__)


STATISTICS = [statistic(function) for function in (statistics.mean, statistics.median, statistics.stdev)]


@flow
def describe(name: str, column: str) -> dict[str, float]:
    numbers = reader(name, column)()
    return {each.name: each(numbers) for each in STATISTICS}


if __name__ == "__main__":
    for name, column in (("wheat", "price"), ("crimea", "disease")):
        print(f"{column} of {name}: {describe(name, column)}")
