"""Edges of the run graph: a result that is given to another task, wherever it lies in the arguments."""

from collections.abc import Callable
from typing import Any

import pytest

from headrace import flow, task
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


class Table:
    """A value of a user's own class."""


@pytest.mark.parametrize(
    "wrap",
    [
        lambda table: table,
        lambda table: [table],
        lambda table: (1, table),
        lambda table: {"a": table},
        lambda table: {"a": [{"b": (table,)}], "c": 1},
    ],
    ids=["alone", "in a list", "in a tuple", "in a dict", "deep inside"],
)
def test_a_result_given_to_a_task_is_an_edge(wrap: Callable[[Any], Any], face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Table:
        return Table()

    @face.task
    def load(data: Any, where: str) -> str:
        return where

    @face.flow
    def pipeline() -> Any:
        return (yield load(wrap((yield extract())), "here"))

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {"data": [stored.task_run("extract").id]}
    assert stored.inputs(stored.task_run("extract")) == {}


@pytest.mark.parametrize(
    "value",
    [[1, 2], {"a": 1}, "some text", 10_000_000, 2.5, (1, 2), {1, 2}, b"some bytes", Table()],
    ids=lambda value: type(value).__name__,
)
def test_a_result_of_any_type_is_known_again(value: Any, face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Any:
        return value

    @face.task
    def load(data: Any) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        yield load((yield extract()))

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {"data": [stored.task_run("extract").id]}


@pytest.mark.parametrize("value", [None, True, 7, "", "x", ()], ids=repr)
def test_values_that_everybody_shares_draw_no_edge(value: Any, face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Any:
        return value

    @face.task
    def load(data: Any) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        yield extract()
        yield load(value)

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {}


def test_each_parameter_has_its_own_edges(face: Face, stored: Stored) -> None:
    @face.task
    def extract(name: str) -> list[str]:
        return [name]

    @face.task
    def join(left: Any, right: Any, both: Any = None) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        a, b = (yield extract("a")), (yield extract("b"))
        yield join(a, right=b, both=[b, a])

    face.run(pipeline)
    a, b, join_run = stored.task_runs()
    inputs = stored.inputs(join_run)
    assert {name: set(sources) for name, sources in inputs.items()} == {
        "left": {a.id},
        "right": {b.id},
        "both": {a.id, b.id},
    }


def test_a_value_handed_through_two_tasks_comes_from_the_last(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Table:
        return Table()

    @face.task
    def check(table: Table) -> Table:
        return table

    @face.task
    def load(table: Table) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        yield load((yield check((yield extract()))))

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {"table": [stored.task_run("check").id]}


def test_a_subflows_result_comes_from_its_task_run(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> list[int]:
        return [1]

    @face.flow
    def prepare() -> Any:
        return (yield extract())

    @face.task
    def load(data: Any) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        yield load([(yield prepare())])

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {"data": [stored.task_run("prepare").id]}


def test_a_result_given_to_a_subflow_is_an_edge_into_its_task_run(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Table:
        return Table()

    @face.flow
    def store_away(table: Any) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        yield store_away((yield extract()))

    face.run(pipeline)
    assert stored.inputs(stored.task_run("store-away")) == {"table": [stored.task_run("extract").id]}


def test_a_result_handed_out_as_a_state_is_known_again(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Table:
        return Table()

    @face.task
    def load(table: Any) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        state = yield extract(return_state=True)
        yield load((yield state.result()))

    face.run(pipeline)
    assert stored.inputs(stored.task_run("load")) == {"table": [stored.task_run("extract").id]}


def test_results_that_are_waited_for_are_edges(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> Table:
        return Table()

    @face.task
    def load(number: int) -> int:
        return number

    @face.flow
    def pipeline() -> Any:
        table = yield extract()
        return (yield load(1, wait_for=[table]))

    assert face.run(pipeline) == 1
    assert stored.inputs(stored.task_run("load")) == {"wait_for": [stored.task_run("extract").id]}


def test_a_task_that_calls_a_task_is_its_parent(face: Face, stored: Stored) -> None:
    @face.task
    def inner() -> Table:
        return Table()

    @face.task
    def outer() -> Any:
        return (yield inner())

    @face.flow
    def pipeline() -> Any:
        yield outer()

    face.run(pipeline)
    assert stored.inputs(stored.task_run("inner")) == {"__parents__": [stored.task_run("outer").id]}


def test_equal_values_of_two_tasks_are_told_apart(stored: Stored) -> None:
    @task
    def extract() -> list[int]:
        return [1]

    @task
    def load(data: list[int]) -> None:
        return None

    @flow
    def pipeline() -> None:
        first, second = extract(), extract()
        load(second)
        load(first)
        load([1])

    pipeline()
    first, second, *loads = stored.task_runs()
    assert [stored.inputs(run) for run in loads] == [{"data": [second.id]}, {"data": [first.id]}, {}]


def test_a_result_of_one_flow_run_is_unknown_in_the_next(stored: Stored) -> None:
    table = Table()

    @task
    def extract() -> Table:
        return table

    @task
    def load(data: Table) -> None:
        return None

    @flow
    def first() -> None:
        extract()

    @flow
    def second() -> None:
        load(table)

    first()
    second()
    assert stored.inputs(stored.task_run("load")) == {}
