"""The quick look through arguments misses no stand-in that the walk would find."""

from random import Random
from typing import Any

import pytest

from headrace._engine import resolving
from headrace._engine.resolving import stand_ins
from headrace._kernel.leaves import WALK_BUDGET
from headrace.utilities.annotations import quote

FUTURE = quote("a stand-in")


def grown(random: Random, budget: int) -> Any:
    """Containers in containers, some of them in several places, with few stand-ins among much else."""
    made: list[Any] = [[1], {"a": 1}, FUTURE]
    for _ in range(random.randrange(1, budget)):
        parts = [random.choice(made) if random.random() < 0.3 else 0 for _ in range(random.randrange(6))]
        made.append(random.choice([list, tuple, lambda items: dict(enumerate(items))])(parts))
    return made[-1]


def test_the_quick_look_misses_nothing_that_the_walk_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a small budget, so that many values are more than it."""
    monkeypatch.setattr(resolving, "WALK_BUDGET", 12)
    random, found = Random(7), 0
    for _ in range(20_000):
        value = grown(random, 12)
        walked = list(resolving._found(value, "x"))  # pyright: ignore[reportPrivateUsage]
        assert not walked or resolving._may_hold_any(value), value  # pyright: ignore[reportPrivateUsage]
        found += bool(walked)
    assert 1_000 < found < 19_000


@pytest.mark.parametrize(
    "arguments",
    [
        {"deep": [[[FUTURE]]], "long": list(range(WALK_BUDGET * 2))},
        {"x": {"a": {"b": [FUTURE]}, "c": list(range(WALK_BUDGET * 2))}},
        {"x": [*range(WALK_BUDGET - 10), FUTURE]},
    ],
)
def test_a_stand_in_is_found_beside_what_is_long(arguments: dict[str, Any]) -> None:
    assert [each.value for each in stand_ins(arguments)] == [FUTURE]
