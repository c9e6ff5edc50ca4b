"""Walking nested values: what lies in a call's arguments, found by a walk whose cost is bounded.

Containers are the plain ones (tuple, list, dict, set, frozenset), entered by exact type: what merely behaves like a
container (a data frame, a model) is a leaf. Of what is very much, the rest is not looked at.
A level is one list, made by few calls of functions written in C: a walk item by item takes five times as long.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final, cast

__all__ = ["ATOMIC", "CONTAINERS", "LEAST_COST", "LEVELS", "WALK_BUDGET", "levels"]

ATOMIC: Final = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, type, type(...), type(NotImplemented)}
)
CONTAINERS: Final = frozenset({tuple, list, dict, set, frozenset})
WALK_BUDGET: Final = 10_000  # About 1 ms: a call with ten million items must not pay for them.

# How many levels of that size are looked at, and what the smallest counts: one in another, or in itself, ends too.
LEVELS: Final = 3
LEAST_COST: Final = 16


def levels(value: Any) -> Iterator[list[Any]]:
    """What lies inside `value`, level by level: itself, what it holds, what that holds in turn.

    Of each level the first WALK_BUDGET, so that what lies deep is found beside what is long.
    """
    budget = WALK_BUDGET * LEVELS
    level = [value]
    while level:
        yield level
        budget -= max(len(level), LEAST_COST)
        if budget <= 0 or CONTAINERS.isdisjoint(map(type, level)):
            return
        held = [
            cast("dict[Any, Any]", item).values() if type(item) is dict else item
            for item in level
            if type(item) in CONTAINERS
        ]
        level = list(islice(chain.from_iterable(held), WALK_BUDGET))
