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


def test_other_values_are_kept_only_while_they_are_recent(lineage: Lineage) -> None:
    first = [0]
    lineage.remember(first, RUN)
    for number in range(300):
        lineage.remember([number], OTHER)
    assert lineage.source(first) is None


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
