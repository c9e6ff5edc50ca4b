"""Flows and tasks in classes: methods, class methods and static methods, in either order of the decorators."""

import functools
from typing import Any

import pytest

from headrace import flow, task
from headrace.exceptions import ParameterBindError
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


def counter_class(face: Face) -> type[Any]:
    """A class with a flow and a task of each kind."""

    class Counter:
        def __init__(self, start: int) -> None:
            self.start = start

        @face.task
        def add(self, number: int) -> int:
            return self.start + number

        @face.flow
        def count(self, number: int) -> Any:
            return (yield self.add(number))

        @classmethod
        @face.flow
        def named(cls, number: int) -> tuple[str, int]:
            return cls.__name__, number

        @staticmethod
        @face.flow
        def plain(number: int) -> int:
            return number

    return Counter


def test_the_instance_is_bound(face: Face, stored: Stored) -> None:
    counters = counter_class(face)
    assert face.run(counters(10).count, 5) == 15
    assert face.run(counters(20).count, number="5") == 25
    assert [run.parameters for run in stored.flow_runs()] == [{"number": 5}, {"number": 5}]


def test_an_instance_is_no_other_instance(face: Face) -> None:
    counters = counter_class(face)
    first, second = counters(1), counters(2)
    assert [face.run(each.count, 0) for each in (first, second, first)] == [1, 2, 1]
    assert face.run(counters.count, first, 5) == 6


def test_a_subclass_is_the_class_of_its_class_methods(face: Face) -> None:
    counters = counter_class(face)
    special = type("Special", (counters,), {})
    assert face.run(special.named, "1") == ("Special", 1)
    assert face.run(special(1).named, 1) == ("Special", 1)
    assert face.run(counters.named, 1) == ("Counter", 1)


def test_a_static_method_is_given_its_arguments_alone(face: Face) -> None:
    counters = counter_class(face)
    assert face.run(counters.plain, "1") == 1
    assert face.run(counters(1).plain, 1) == 1


def test_the_decorator_may_stand_above_classmethod_and_staticmethod(stored: Stored) -> None:
    class Counter:
        @flow
        @classmethod
        def named(cls, number: int) -> tuple[str, int]:
            return cls.__name__, number

        @flow
        @staticmethod
        def plain(number: int) -> int:
            return number

        @task(name="Half")
        @staticmethod
        def half(number: int) -> float:
            return number / 2

    assert Counter.named("1") == Counter().named(1) == ("Counter", 1)
    assert Counter.plain("1") == Counter().plain(1) == 1
    assert Counter.half(1) == Counter().half(1) == 0.5
    assert (Counter.named.isclassmethod, Counter.plain.isstaticmethod) == (True, True)
    assert [run.parameters for run in stored.flow_runs()] == [{"number": 1}] * 4


def test_the_instance_is_a_parameter_of_a_task(face: Face, stored: Stored) -> None:
    class Table:
        @face.task
        def load(self, where: str) -> None:
            return None

    @face.task
    def extract() -> Table:
        return Table()

    @face.flow
    def pipeline() -> Any:
        table = yield extract()
        yield table.load("here")

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {"self": [stored.task_run("extract").id]}


def test_a_bound_flow_says_what_it_is(face: Face) -> None:
    counters = counter_class(face)
    bound = counters(1).count
    assert (bound.ismethod, counters.count.ismethod) == (True, False)
    assert (bound.name, bound.fn, type(bound)) == (counters.count.name, counters.count.fn, type(counters.count))


def test_a_call_of_a_method_that_does_not_fit_is_refused(face: Face) -> None:
    counters = counter_class(face)
    with pytest.raises(ParameterBindError, match="too many positional arguments"):
        face.run(counters(1).count, 1, 2)
    with pytest.raises(ParameterBindError, match="missing a required argument: 'number'"):
        face.run(counters(1).count)


def test_whatever_can_be_called_can_be_decorated(stored: Stored) -> None:
    class Adder:
        def __call__(self, a: int, b: int = 1) -> int:
            return a + b

    class Holder:
        partial = task(functools.partial(divmod, 7))
        bound = task(Adder().__call__)

    def power(base: int, exponent: int) -> int:
        return base**exponent

    assert flow(Adder())("1") == 2
    assert task(Adder())(1) == 2
    assert flow(functools.partial(power, exponent=2))("3") == 9
    assert task(functools.partial(power, 2))(exponent=3) == 8
    assert task(Adder().__call__)(1) == 2
    assert task(len)([1, 2]) == 2
    # What Python does not bind as a method is not bound here.
    assert (Holder().partial(2), Holder().bound(2)) == ((3, 1), 3)
    assert [run.name.rpartition("-")[0] for run in stored.task_runs()][:2] == ["Adder", "partial"]


@pytest.mark.parametrize("decorate", [flow, task])
def test_what_cannot_be_called_cannot_be_decorated(decorate: Any) -> None:
    with pytest.raises(TypeError, match="'fn' must be callable, but 3 is not"):
        decorate(3)


def test_other_options_leave_a_method_a_method(face: Face) -> None:
    counters = counter_class(face)
    assert face.run(counters(1).count.with_options(name="other"), 2) == 3
    counters.renamed = counters.__dict__["count"].with_options(name="renamed")
    assert (face.run(counters(1).renamed, 2), counters(1).renamed.name) == (3, "renamed")

    class Counter:
        @flow
        @classmethod
        def named(cls, number: int) -> tuple[str, int]:
            return cls.__name__, number

        @flow
        @staticmethod
        def plain(number: int) -> int:
            return number

        renamed = named.with_options(name="renamed")
        renamed_plain = plain.with_options(name="renamed plain")

    assert Counter.renamed(1) == Counter.named.with_options(name="other")(1) == ("Counter", 1)
    assert Counter().renamed_plain(1) == 1
