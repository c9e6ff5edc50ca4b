"""States among arguments: the function gets their results, and does not run where one of them has none."""

import time
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest

from headrace import allow_failure, flow, task
from headrace.exceptions import UnfinishedRun
from headrace.states import Cancelled, Completed, Running
from headrace.utilities.annotations import quote
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored

Pair = namedtuple("Pair", "left right")


@dataclass(frozen=True)
class Box:
    content: Any


class Model(pydantic.BaseModel):
    content: Any


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: value,
        lambda value: [value],
        lambda value: (1, value),
        lambda value: {value},
        lambda value: frozenset({value}),
        lambda value: {"a": [value]},
        lambda value: {value: 1},
        lambda value: OrderedDict(a=value),
        lambda value: Pair(value, 2),
        lambda value: Box([value]),
        lambda value: Model(content={"a": value}),
    ],
    ids="alone list tuple set frozenset dict key ordered named dataclass model".split(),
)
def test_a_state_is_resolved_wherever_it_lies(wrap: Callable[[Any], Any], face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> int:
        return 7

    @face.task
    def load(data: Any) -> Any:
        return data

    @face.flow
    def pipeline() -> Any:
        state = yield extract(return_state=True)
        return (yield load(wrap(state)))

    assert face.run(pipeline) == wrap(7)
    assert stored.inputs(stored.task_run("load")) == {"data": [stored.task_run("extract").id]}


def test_what_holds_no_state_stays_the_very_same_object(face: Face) -> None:
    held: dict[str, Any] = {"rows": [[1], [2]]}

    @face.task
    def load(data: Any, other: Any) -> Any:
        return data

    @face.flow
    def pipeline() -> Any:
        return (yield load([held, Completed(data=1)], other=held))

    assert face.run(pipeline)[0] is held


def test_a_container_that_holds_itself_does_no_harm(face: Face) -> None:
    around: list[Any] = [Completed(data=1)]
    around.append(around)

    @face.task
    def load(data: Any) -> Any:
        return data[0]

    assert face.run(load, around) == 1


def test_downstream_of_a_failure_nothing_runs(face: Face, stored: Stored) -> None:
    ran: list[int] = []

    @face.task
    def extract() -> None:
        raise ValueError("no such file")

    @face.task
    def load(data: Any) -> None:
        ran.append(1)

    @face.flow
    def pipeline() -> Any:
        failed = yield extract(return_state=True)
        state = yield load({"a": failed}, return_state=True)
        return str(state.name), state.type.value

    assert face.run(pipeline) == ("NotReady", "PENDING")
    assert ran == []
    run = stored.task_run("load")
    assert stored.history(run) == ["Pending", "NotReady"]
    assert stored.inputs(run) == {"data": [stored.task_run("extract").id]}


def test_a_call_that_needs_the_value_says_that_there_is_none(face: Face) -> None:
    @face.task
    def load(data: Any) -> None:
        return None

    @face.flow
    def pipeline() -> Any:
        yield load(Cancelled())

    with pytest.raises(UnfinishedRun, match="did not reach a 'COMPLETED' state"):
        face.run(pipeline)


def test_a_state_that_is_not_final_is_no_upstream_to_run_on(face: Face) -> None:
    @face.task
    def load(data: Any) -> None:
        return None

    assert face.run(load, Running(), return_state=True).name == "NotReady"


def test_a_failure_that_is_allowed_is_handed_over(face: Face) -> None:
    @face.task
    def extract() -> None:
        raise ValueError("no such file")

    @face.task
    def load(*data: Any) -> list[str]:
        return [repr(each) for each in data]

    @face.flow
    def pipeline() -> Any:
        failed = yield extract(return_state=True)
        return (yield load(allow_failure(failed), [allow_failure([failed, 1])], allow_failure(3)))

    error = "ValueError('no such file')"
    assert face.run(pipeline) == [error, f"[[{error}, 1]]", "3"]


def test_what_is_quoted_is_handed_over_as_it_is(face: Face) -> None:
    state = Completed(data=1)

    @face.task
    def load(data: Any) -> bool:
        return data[0] is state

    assert face.run(load, quote([state])) is True


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
def test_a_run_that_waits_for_a_failed_one_is_not_ready(nested: bool, face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> None:
        raise ValueError("no such file")

    @face.task
    def load() -> int:
        return 1

    @face.flow
    def pipeline() -> Any:
        failed = yield extract(return_state=True)
        state = yield load(wait_for=[[failed]] if nested else [failed], return_state=True)
        allowed = yield load(wait_for=[allow_failure(failed)])
        return str(state.name), allowed

    assert face.run(pipeline) == ("NotReady", 1)


def test_a_subflow_is_given_results_and_does_not_begin_after_a_failure(face: Face, stored: Stored) -> None:
    @face.task
    def extract(fails: bool) -> int:
        if fails:
            raise ValueError("no such file")
        return 7

    @face.flow
    def load(data: Any) -> Any:
        return data

    @face.flow
    def pipeline() -> Any:
        good = yield extract(False, return_state=True)
        bad = yield extract(True, return_state=True)
        value = yield load({"a": good})
        state = yield load(bad, return_state=True)
        return value, str(state.name)

    assert face.run(pipeline) == ({"a": 7}, "NotReady")
    assert len(stored.flow_runs()) == 2
    names = [stored.history(run)[-1] for run in stored.task_runs() if run.name.startswith("load")]
    assert names == ["Completed", "NotReady"]


def test_ten_million_items_cost_a_call_little() -> None:
    many = list(range(10_000_000))

    @task
    def load(data: list[int]) -> int:
        return len(data)

    @flow
    def pipeline() -> float:
        load([Completed(data=1)])
        best = 1.0
        for _ in range(5):
            began = time.perf_counter()
            load(many)
            best = min(best, time.perf_counter() - began)
        return best

    assert pipeline() < 0.02
