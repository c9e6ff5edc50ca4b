"""Flows called by flows: runs of their own, each shown in the graph of its parent by a task run."""

from itertools import chain
from typing import Any

import pytest

from headrace import flow, get_client, runtime, task
from headrace._engine import flow_run
from headrace._kernel.ids import new_id
from headrace.exceptions import Abort, CancelledRun, ParameterTypeError
from headrace.states import Cancelling, StateType
from tests.acceptance.faces import AsyncFace, Face
from tests.acceptance.stored import Stored


def test_a_subflow_is_a_run_of_a_task_run_of_its_parent(face: Face, stored: Stored) -> None:
    @face.flow
    def child(number: int) -> int:
        return number + 1

    @face.flow
    def parent() -> Any:
        return (yield child(1))

    assert face.run(parent) == 2
    outer, inner = stored.flow_run("parent"), stored.flow_run("child")
    (shown,) = stored.task_runs(outer)
    assert inner.parent_task_run_id == shown.id
    assert outer.parent_task_run_id is None
    assert (shown.name, shown.flow_run_id) == ("child-0", outer.id)
    assert inner.parameters == {"number": 1}
    assert [state.state_details.child_flow_run_id for state in stored.states(shown)] == [inner.id] * 3
    assert stored.history(shown) == stored.history(inner) == ["Pending", "Running", "Completed"]


def test_the_calls_of_one_subflow_are_counted(face: Face, stored: Stored) -> None:
    @face.flow
    def child(number: int) -> int:
        return number

    @face.flow
    def parent() -> Any:
        for number in range(3):
            yield child(number)

    face.run(parent)
    assert [run.name for run in stored.task_runs()] == ["child-0", "child-1", "child-2"]
    assert len(stored.flow_runs()) == 4


def test_tasks_belong_to_the_flow_that_calls_them(face: Face, stored: Stored) -> None:
    @face.task
    def step(of: str) -> str:
        return of

    @face.flow
    def child() -> Any:
        return (yield step("child"))

    @face.flow
    def parent() -> Any:
        yield step("parent")
        yield child()
        return (yield step("parent"))

    face.run(parent)
    outer, inner = stored.flow_run("parent"), stored.flow_run("child")
    assert [run.name.partition("-")[0] for run in stored.task_runs(outer)] == ["step", "child", "step"]
    assert [run.name.partition("-")[0] for run in stored.task_runs(inner)] == ["step"]


def test_flows_nest_to_any_depth(face: Face, stored: Stored) -> None:
    @face.flow
    def deeper(depth: int) -> Any:
        if depth == 0:
            return ["the bottom"]
        return [depth, *(yield deeper(depth - 1))]

    assert face.run(deeper, 5) == [5, 4, 3, 2, 1, "the bottom"]
    runs = stored.flow_runs()
    shown = {run.id: run.flow_run_id for run in stored.task_runs()}
    assert [shown.get(run.parent_task_run_id) if run.parent_task_run_id else None for run in runs] == [
        None,
        *[run.id for run in runs[:-1]],
    ]


def test_a_failure_of_a_subflow_fails_its_parent(face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> None:
        raise ValueError("no rows")

    @face.flow
    def parent() -> Any:
        yield child()

    with pytest.raises(ValueError, match="no rows"):
        face.run(parent)
    failed = {"Pending", "Running", "Failed"}
    for run in (stored.flow_run("parent"), stored.flow_run("child"), stored.task_run()):
        assert set(stored.history(run)) == failed
        assert str(stored.states(run)[-1].message).endswith("ValueError: no rows")


def test_a_parent_may_go_on_after_a_subflow_failed(face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> None:
        raise ValueError("no rows")

    @face.flow
    def parent() -> Any:
        state = yield child(return_state=True)
        return state.name

    assert face.run(parent) == "Failed"
    assert stored.flow_run("parent").state_type is StateType.COMPLETED
    assert stored.flow_run("child").state_type is StateType.FAILED
    assert stored.task_run().state_type is StateType.FAILED


def test_a_subflow_whose_parameters_are_refused_was_never_running(face: Face, stored: Stored) -> None:
    @face.flow
    def child(number: int) -> int:
        return number

    @face.flow
    def parent() -> Any:
        yield child("many")

    with pytest.raises(ParameterTypeError, match="number: Input should be a valid integer"):
        face.run(parent)
    assert stored.history(stored.flow_run("child")) == ["Pending", "Failed"]
    assert stored.history(stored.task_run()) == ["Pending", "Failed"]
    assert stored.history(stored.flow_run("parent")) == ["Pending", "Running", "Failed"]


def test_a_subflow_that_may_not_run_is_a_crash_in_its_parents_graph(
    face: Face, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    @face.flow
    def child() -> str:
        return "done"

    @face.flow
    def parent() -> Any:
        # Whoever is given the id of a run that is over may not run it again.
        ids = chain([over.id.bytes], iter(new_id, None))
        monkeypatch.setattr(flow_run, "new_id", lambda: next(ids))
        yield child()

    face.run(child)
    over = stored.flow_run("child")
    with pytest.raises(Abort, match="The run is over: it is Completed"):
        face.run(parent)
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Crashed"]
    assert "The run is over" in str(stored.states(stored.task_run())[-1].message)
    assert stored.history(stored.flow_run("child")) == ["Pending", "Running", "Completed"]


def test_a_subflow_that_was_cancelled_is_so_in_its_parents_graph_too(face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> None:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(runtime.flow_run.id, Cancelling())

    @face.flow
    def parent() -> Any:
        with pytest.raises(CancelledRun):
            yield child()

    face.run(parent)
    for run in (stored.flow_run("child"), stored.task_run()):
        assert run.state_type is StateType.CANCELLED


def test_plain_flows_and_tasks_may_be_called_in_asynchronous_ones(stored: Stored) -> None:
    @task
    def double(number: int) -> int:
        return number * 2

    @flow
    def child(number: int) -> int:
        return double(number)

    @flow
    async def parent() -> int:
        return child(double(1))

    assert AsyncFace().run(parent) == 4
    outer, inner = stored.flow_run("parent"), stored.flow_run("child")
    assert [run.state_type for run in (outer, inner)] == [StateType.COMPLETED] * 2
    assert [len(stored.task_runs(run)) for run in (outer, inner)] == [2, 1]


def test_a_flow_called_by_a_task_is_a_subflow_of_the_tasks_flow(face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> str:
        return "done"

    @face.task
    def call() -> Any:
        return (yield child())

    @face.flow
    def parent() -> Any:
        return (yield call())

    assert face.run(parent) == "done"
    outer, inner = stored.flow_run("parent"), stored.flow_run("child")
    shown = {run.id: run for run in stored.task_runs()}
    assert inner.parent_task_run_id is not None
    assert shown[inner.parent_task_run_id].flow_run_id == outer.id


def test_a_flow_in_a_task_is_a_child_of_both(stored: Stored) -> None:
    @flow
    def inner() -> int:
        return 1

    @task
    def outer() -> int:
        return inner()

    @flow
    def main() -> int:
        return outer()

    assert main() == 1
    assert stored.inputs(stored.task_run("inner")) == {"__parents__": [stored.task_run("outer").id]}
    assert stored.task_run("inner").flow_run_id == stored.flow_run("main").id
    assert outer() == 1
    assert [run.state_name for run in stored.flow_runs()] == ["Completed"] * 3
