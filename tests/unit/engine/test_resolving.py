"""The quick look through arguments misses no stand-in that the walk would find."""

from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from headrace._engine import resolving
from headrace._engine.resolving import stand_ins
from headrace._kernel.leaves import WALK_BUDGET
from headrace.utilities.annotations import quote

FUTURE = quote("a stand-in")


class Pair(NamedTuple):
    value: Any


class Items(list[Any]):
    pass


@dataclass
class Record:
    value: Any


class Model(BaseModel):
    value: Any


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


@pytest.mark.parametrize("held", [Pair(FUTURE), Items([FUTURE]), Record(FUTURE), Model(value=FUTURE)])
def test_a_stand_in_is_found_in_each_kind_of_thing_that_has_parts(held: Any) -> None:
    assert [found.value for found in stand_ins({"alone": held, "among": [0, held, {"key": held}]})] == [FUTURE] * 2


@pytest.mark.parametrize("kind", [Record, lambda value: Model(value=value)])
def test_a_type_is_asked_for_its_parts_once_however_many_of_it_there_are(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    names_of = resolving._field_names  # pyright: ignore[reportPrivateUsage]

    def counted(of: type[Any]) -> Any:
        asked.append(of)
        return names_of(of)

    monkeypatch.setattr(resolving, "_field_names", counted)
    assert stand_ins({"rows": [*(kind(number) for number in range(1_000)), FUTURE]})
    assert len(asked) <= 2
