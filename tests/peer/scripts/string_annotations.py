"""Annotations as strings: models, unions and containers are found all the same."""

from __future__ import annotations

from datetime import timedelta

from prefect import flow, task
from pydantic import BaseModel


class Step(BaseModel):
    name: str
    takes: timedelta


@task
def total(steps: list[Step]) -> float:
    return sum(step.takes.total_seconds() for step in steps)


@flow
def plan(steps: list[Step], limit: int | float | None = None, owner: str | None = None) -> float:
    print([type(step).__name__ for step in steps], repr(limit), owner)
    return total(steps)


if __name__ == "__main__":
    print(plan([Step(name="cut", takes=timedelta(minutes=1)), Step(name="glue", takes=timedelta(seconds=5))]))
    print(plan([{"name": "cut", "takes": "PT2M"}], limit=1.5, owner="me"))
