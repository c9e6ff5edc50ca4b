"""A flow of flows: stages that are flows of their own, put in order by one that does nothing else.

    python examples/basics/flow_of_flows.py

Each stage can be run, tried and scheduled alone; its run has its own tasks and log. The outer flow hands the results
on, and decides what becomes of a stage that failed.
"""

import csv
from pathlib import Path

from headrace import flow, task

CRIMEA = Path(__file__).parents[1] / "data" / "crimea.csv"

Deaths = dict[str, int]


@task
def read() -> list[dict[str, str]]:
    with CRIMEA.open(newline="") as text:
        return list(csv.DictReader(text))


@task
def total(rows: list[dict[str, str]]) -> Deaths:
    return {cause: sum(int(row[cause]) for row in rows) for cause in ("disease", "wounds", "other")}


@task
def shares(deaths: Deaths) -> dict[str, float]:
    return {cause: count / sum(deaths.values()) for cause, count in deaths.items()}


@flow
def ingest() -> list[dict[str, str]]:
    return read()


@flow
def analyse(rows: list[dict[str, str]]) -> dict[str, float]:
    return shares(total(rows))


@flow
def publish(result: dict[str, float], where: str) -> str:
    if where != "terminal":
        raise ConnectionError(f"no connection to the {where}")
    for cause, share in result.items():
        print(f"{cause:<8} {share:4.0%} {'#' * round(30 * share)}")
    return where


@flow
def nightingale() -> str:
    rows = ingest()
    result = analyse(rows)
    # A place that cannot be reached does not keep the others from it.
    states = [publish(result, where, return_state=True) for where in ("printer", "terminal")]
    return "published on: " + ", ".join(state.result() for state in states if state.is_completed())


if __name__ == "__main__":
    print(nightingale())
