"""Walking nested values: which leaves lie in a call's arguments, found by a walk whose cost is bounded.

Containers are the plain ones (tuple, list, dict, set, frozenset), entered by exact type: what merely behaves like a
container (a data frame, a model) is a leaf. Once the budget of visits is spent, the rest is not looked at.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

__all__ = ["ATOMIC", "CONTAINERS", "WALK_BUDGET", "leaves"]

ATOMIC: Final = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, type, type(...), type(NotImplemented)}
)
CONTAINERS: Final = frozenset({tuple, list, dict, set, frozenset})
WALK_BUDGET: Final = 20_000  # About 1 ms: a call with ten million items must not pay for them.


def leaves(value: Any, budget: int = WALK_BUDGET) -> Iterator[Any]:
    """The values inside `value` that are no containers, each container itself before what it holds."""
    pending = [value]
    while pending and budget > 0:
        budget -= 1
        item = pending.pop()
        yield item
        kind = cast(type[Any], type(item))
        if kind is dict:
            pending.extend(_first(item.values(), budget))
        elif kind in CONTAINERS:
            pending.extend(_first(item, budget))


def _first(items: Any, most: int) -> list[Any]:
    """At most `most` items, without copying a container that holds more."""
    if len(items) <= most:
        return list(items)
    return [item for item, _ in zip(items, range(most), strict=False)]
