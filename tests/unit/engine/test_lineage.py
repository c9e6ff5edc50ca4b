"""Lineage knows by identity which run made a value, and lets go of values that the user let go of."""

import gc
import weakref
from typing import Any

import pytest

from headrace._engine.lineage import Lineage

RUN, OTHER = b"a" * 16, b"b" * 16


class Frame:
    """A value that takes weak references, as a data frame does."""


@pytest.fixture
def lineage() -> Lineage:
    return Lineage()


@pytest.mark.parametrize("value", [[1], {"a": 1}, (1, 2), 1000, 1.5, "some text", b"bytes", Frame()])
def test_a_value_leads_to_the_run_that_made_it(lineage: Lineage, value: Any) -> None:
    lineage.remember(value, RUN)
    assert lineage.source(value) == RUN
    assert lineage.inputs({"x": value}) == (("x", (RUN,)),)


@pytest.mark.parametrize("value", [None, True, False, 0, 1, 256, "", "a", (), ..., NotImplemented])
def test_a_value_that_everybody_shares_leads_nowhere(lineage: Lineage, value: Any) -> None:
    lineage.remember(value, RUN)
    assert lineage.source(value) is None


def test_an_equal_value_is_not_the_same_value(lineage: Lineage) -> None:
    lineage.remember([1, 2], RUN)
    assert lineage.source([1, 2]) is None


def test_values_deep_in_arguments_are_found(lineage: Lineage) -> None:
    first, second = Frame(), [1]
    lineage.remember(first, RUN)
    lineage.remember(second, OTHER)
    (name, runs), *rest = lineage.inputs({"x": {"deep": [(first, second)]}, "y": 3})
    assert (name, set(runs), rest) == ("x", {RUN, OTHER}, [])


def test_a_value_that_takes_weak_references_is_not_kept_alive(lineage: Lineage) -> None:
    frame = Frame()
    gone = weakref.ref(frame)
    lineage.remember(frame, RUN)
    del frame
    gc.collect()
    assert gone() is None
    assert lineage.inputs({"x": Frame()}) == ()


class Items(list[Any]):
    """A list whose end can be seen. Lists themselves take no weak references, and a subclass only without slots."""

    ended = 0
    __slots__ = ()

    def __del__(self) -> None:
        Items.ended += 1


def test_other_values_are_kept_only_while_they_are_recent(lineage: Lineage) -> None:
    kept = [[number] for number in range(300)]
    for number, value in enumerate(kept):
        lineage.remember(value, RUN if number == 0 else OTHER)
    assert lineage.source(kept[0]) is None
    assert all(lineage.source(value) == OTHER for value in kept[-256:])


def test_another_value_is_let_go_soon_after_it_was_dropped(lineage: Lineage) -> None:
    Items.ended = 0
    for number in range(100):
        value = Items([number])
        lineage.remember(value, RUN)
        assert lineage.source(value) == RUN
        assert number - Items.ended <= 4


def test_a_value_is_let_go_among_many_that_are_kept(lineage: Lineage) -> None:
    Items.ended = 0
    kept = [[number] for number in range(100)]
    for value in kept[:30]:
        lineage.remember(value, RUN)
    lineage.remember(Items(), RUN)
    for value in kept[30:]:
        lineage.remember(value, RUN)
    assert Items.ended == 1
    assert all(lineage.source(value) == RUN for value in kept)


def test_a_value_where_a_dropped_one_lay_is_not_let_go_in_its_stead(lineage: Lineage) -> None:
    frames = [Frame() for _ in range(50)]
    for number in range(200):
        lineage.remember([number], OTHER)
        lineage.remember(frames[number % 50], RUN)
        frames[number % 50] = Frame()
        lineage.remember(frames[number % 50], RUN)
    assert all(lineage.source(frame) == RUN for frame in frames)


def test_a_value_that_a_later_run_returned_again_stays_known(lineage: Lineage) -> None:
    value = [0]
    lineage.remember(value, RUN)
    for number in range(200):
        lineage.remember([number], OTHER)
    lineage.remember(value, OTHER)
    for number in range(100):
        lineage.remember([number], RUN)
    assert lineage.source(value) == OTHER


def test_everything_is_forgotten_at_the_end(lineage: Lineage) -> None:
    value = [0]
    lineage.remember(value, RUN)
    lineage.forget()
    assert lineage.source(value) is None
