"""Patterns of `map`: several lists, chains, products, batches, and a failure among the items.

    python examples/patterns/advanced_map_patterns.py

A chain of maps has no stages that wait for each other: each item goes on as soon as it is done with the step before.
"""

import csv
from itertools import product
from pathlib import Path
from typing import Any

from headrace import allow_failure, flow, task, unmapped

WHEAT = Path(__file__).parents[1] / "data" / "wheat.csv"


def read_wheat() -> list[dict[str, str]]:
    """What wheat cost, and what a mechanic earned, each five years from 1565."""
    with WHEAT.open(newline="") as text:
        return list(csv.DictReader(text))


@task
def add(one: float, other: float) -> float:
    return one + other


@task
def in_pence(shillings: float) -> float:
    return 12 * shillings


@task
def total(numbers: list[float]) -> float:
    return sum(numbers)


@task
def weeks_of_work(price: str, wages: str) -> float:
    return float(price) / float(wages)


@task
def largest(numbers: list[Any]) -> float:
    """The largest of those that are numbers: an item that failed comes as its exception."""
    return max(number for number in numbers if not isinstance(number, Exception))


@flow
def lists_side_by_side() -> list[float]:
    # Pair by pair, as zip does; a single value, and what is `unmapped`, goes to each.
    return add.map([1, 2, 3], [10, 20, 30]).result() + add.map([1, 2, 3], unmapped(100)).result()


@flow
def chain(rows: list[dict[str, str]]) -> float:
    prices = [float(row["price"]) for row in rows]
    return total.submit(in_pence.map(add.map(prices, 1))).result()


@flow
def all_with_all() -> list[float]:
    # The product of two lists is a list of pairs: one list for each parameter.
    ones, others = zip(*product([1, 2], [10, 20, 30]), strict=True)
    return add.map(ones, others).result()


@flow
def batches(rows: list[dict[str, str]], size: int) -> int:
    """One task for many items, where each alone would be too little work."""
    prices = [float(row["price"]) for row in rows]
    sums = total.map([prices[start : start + size] for start in range(0, len(prices), size)])
    return round(total.submit(sums).result())


@flow
def with_a_failure(rows: list[dict[str, str]]) -> float:
    # The wages of 1815 and 1820 are not known: two items fail, and the others count.
    weeks = weeks_of_work.map([row["price"] for row in rows], [row["wages"] for row in rows])
    return largest.submit(allow_failure(weeks)).result()


if __name__ == "__main__":
    rows = read_wheat()[-5:]
    print("side by side:", lists_side_by_side())
    print("chain:", chain(rows), "pence")
    print("all with all:", all_with_all())
    print("batches of two:", batches(rows, size=2), "shillings")
    print(f"with a failure: up to {with_a_failure(rows):.1f} weeks of work")
