"""Walking nested values: what lies in a call's arguments, found by a walk whose cost is bounded.

Containers are the plain ones (tuple, list, dict, set, frozenset), entered by exact type: what merely behaves like a
container (a data frame, a model) is a leaf. Once the budget of visits is spent, the rest is not looked at.
A level is one list, made by few calls of functions written in C: a walk item by item takes five times as long.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final, cast

__all__ = ["ATOMIC", "CONTAINERS", "WALK_BUDGET", "levels"]

ATOMIC: Final = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, type, type(...), type(NotImplemented)}
)
CONTAINERS: Final = frozenset({tuple, list, dict, set, frozenset})
WALK_BUDGET: Final = 20_000  # About 1 ms: a call with ten million items must not pay for them.

# What a level costs at least: one in another, a thousand deep, or in itself, is not for nothing.
_LEVEL_COST: Final = 16


def levels(value: Any, budget: int = WALK_BUDGET) -> Iterator[list[Any]]:
    """What lies inside `value`, level by level: itself, what it holds, what that holds in turn."""
    level = [value]
    while level:
        yield level
        budget -= max(len(level), _LEVEL_COST)
        if budget <= 0 or CONTAINERS.isdisjoint(map(type, level)):
            return
        held = [
            cast("dict[Any, Any]", item).values() if type(item) is dict else item
            for item in level
            if type(item) in CONTAINERS
        ]
        level = list(islice(chain.from_iterable(held), budget))
