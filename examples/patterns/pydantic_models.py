"""Pydantic models as parameters and results: typed data from the call to the last task.

    python examples/patterns/pydantic_models.py

A flow takes models, or what makes one: a dictionary from a file, a form or the REST API is validated and coerced by the
flow's annotations. The run keeps its parameters as JSON.
"""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from headrace import flow, task

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"


class Period(BaseModel):
    """Days from the first to the last, both included."""

    first: date
    last: date


class Question(BaseModel):
    """What is asked about the weather."""

    period: Period
    hot_c: float = Field(default=25, description="from where on a day is hot")


class Day(BaseModel):
    """The weather of one day; fields are read from text."""

    date: date
    rain_mm: float
    max_c: float


class Answer(BaseModel):
    """What the weather was like."""

    days: int
    hot_days: int
    rain_mm: float


@task
def read_days(period: Period) -> list[Day]:
    with SEATTLE.open(newline="") as text:
        days = [Day.model_validate(row) for row in csv.DictReader(text)]
    return [day for day in days if period.first <= day.date <= period.last]


@task
def summarise(days: list[Day], hot_c: float) -> Answer:
    return Answer(
        days=len(days),
        hot_days=sum(day.max_c >= hot_c for day in days),
        rain_mm=round(sum(day.rain_mm for day in days), 1),
    )


@flow
def weather(question: Question) -> Answer:
    return summarise(read_days(question.period), question.hot_c)


if __name__ == "__main__":
    summer = Question(period=Period(first=date(2015, 6, 1), last=date(2015, 8, 31)), hot_c=30)
    print("summer:", weather(summer).model_dump_json())
    as_json: Any = {"period": {"first": "2015-12-01", "last": "2015-12-31"}}
    print("December:", weather(as_json).model_dump_json())
