"""Enums, literals, paths, UUIDs, decimals, sets and nested models, given as JSON has them."""

from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Literal
from uuid import UUID

from prefect import flow
from prefect.exceptions import ParameterTypeError
from pydantic import BaseModel, Field

FIVE = UUID(int=5)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Leaf(BaseModel):
    size: int = Field(gt=0)


class Tree(BaseModel):
    name: str
    leaves: list[Leaf] = []


@flow
def grow(
    colour: Colour,
    tree: Tree,
    mode: Literal["fast", "slow"] = "slow",
    where: Path = Path("garden"),
    weights: dict[str, Decimal] | None = None,
    on: date = date(2026, 1, 2),
    key: UUID = FIVE,
) -> None:
    print(colour, tree, mode, where, weights, on, key.int)


if __name__ == "__main__":
    grow("red", {"name": "oak", "leaves": [{"size": 1}, {"size": 2}]})
    grow(Colour.BLUE, Tree(name="elm"), mode="fast", where="wood", weights={"a": "1.50"}, on="2026-02-03")
    for bad in ({"colour": "green"}, {"mode": "idle"}, {"tree": {"name": "fir", "leaves": [{"size": 0}]}}):
        try:
            grow(**{"colour": "red", "tree": {"name": "oak"}, **bad})
        except ParameterTypeError:
            print("refused", list(bad))
