"""Any Python function is a task: defaults, keywords, several results, functions of libraries.

    python examples/basics/python_tasks.py

The figures are William Playfair's: what a quarter of wheat cost from 1565 to 1820, in shillings.
"""

import csv
import statistics
from pathlib import Path
from typing import NamedTuple

from headrace import flow, task

WHEAT = Path(__file__).parents[1] / "data" / "wheat.csv"


class Price(NamedTuple):
    """What a quarter of wheat cost in a year."""

    year: int
    shillings: float


@task
def read_prices(path: Path, *, since: int = 1565) -> list[Price]:
    with path.open(newline="") as text:
        prices = [Price(int(row["year"]), float(row["price"])) for row in csv.DictReader(text)]
    return [price for price in prices if price.year >= since]


@task
def extremes(prices: list[Price]) -> tuple[Price, Price]:
    """The cheapest year and the dearest."""
    return min(prices, key=lambda price: price.shillings), max(prices, key=lambda price: price.shillings)


# A function that somebody else wrote becomes a task where it is used.
median = task(statistics.median)


@flow
def wheat_prices(since: int = 1700) -> None:
    prices = read_prices(WHEAT, since=since)
    cheapest, dearest = extremes(prices)
    print(f"{len(prices)} prices since {since}, {median([price.shillings for price in prices]):g} shillings in between")
    print(f"cheapest: {cheapest.shillings:g} shillings in {cheapest.year}")
    print(f"dearest: {dearest.shillings:g} shillings in {dearest.year}")


if __name__ == "__main__":
    wheat_prices()
    # Outside of flows `.fn` is the function itself: nothing is recorded.
    print("in 1565:", read_prices.fn(WHEAT)[0].shillings, "shillings")
