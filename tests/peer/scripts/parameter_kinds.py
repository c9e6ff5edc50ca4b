"""Every kind of parameter, with annotations as strings; defaults that a run changes."""

from __future__ import annotations

import enum
from datetime import date

from prefect import flow
from pydantic import BaseModel


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


class Order(BaseModel):
    day: date
    size: Size = Size.SMALL


@flow
def everything(a: int, /, b: float, *rest: str, c: bool = True, **named: int) -> str:
    return f"{a} {b} {rest} {c} {named}"


@flow
def order(order: Order, seen: list[int] = [], later: Later | None = None) -> str:  # noqa: B006
    seen.append(1)
    return f"{order} {seen} {later}"


class Later(BaseModel):
    number: int = 1


if __name__ == "__main__":
    print(everything(1, 2.0, "x", "y", c=False, d=4))
    today = Order(day=date(2024, 2, 29))
    print(order(today))
    print(order(today, later=Later(number=2)))
