"""`headrace.runtime`: the run that the code at hand belongs to; and the names that runs are given."""

import re
from typing import Any

import pytest

from headrace.runtime import deployment, flow_run, task_run
from tests.acceptance.doors import embedded_alone
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored

GENERATED = re.compile(r"[a-z]+-[a-z]+")


def told() -> dict[str, Any]:
    """All that runtime says here, and now, but for the moment at which the run was to start."""
    return {
        f"{module.__name__.rpartition('.')[2]}.{attribute}": getattr(module, attribute)
        for module in (flow_run, task_run)
        for attribute in dir(module)
        if attribute != "scheduled_start_time"
    }


NOTHING = {
    "flow_run.id": None,
    "flow_run.name": None,
    "flow_run.flow_name": None,
    "flow_run.flow_version": None,
    "flow_run.parameters": {},
    "flow_run.tags": [],
    "flow_run.run_count": 0,
    "flow_run.parent_flow_run_id": None,
    "flow_run.parent_deployment_id": None,
    "flow_run.root_flow_run_id": None,
    "flow_run.job_variables": None,
    "flow_run.api_url": None,
    "flow_run.ui_url": None,
    "task_run.api_url": None,
    "task_run.ui_url": None,
    "task_run.id": None,
    "task_run.name": None,
    "task_run.task_name": None,
    "task_run.parameters": {},
    "task_run.tags": [],
    "task_run.run_count": 0,
}


def test_outside_of_a_run_there_is_nothing_to_tell(face: Face) -> None:
    @face.flow
    def idle() -> None:
        return None

    assert told() == NOTHING
    face.run(idle)
    assert told() == NOTHING


@embedded_alone
def test_in_a_flow_it_tells_of_the_flow_run(face: Face, stored: Stored) -> None:
    @face.flow(name="the flow", version="7")
    def tell(number: int, unit: str = "mm") -> dict[str, Any]:
        return told()

    answer = face.run(tell, "3")
    run = stored.flow_run()
    assert answer == NOTHING | {
        "flow_run.id": str(run.id),
        "flow_run.name": run.name,
        "flow_run.flow_name": "the flow",
        "flow_run.flow_version": "7",
        "flow_run.parameters": {"number": 3, "unit": "mm"},
        "flow_run.run_count": 1,
        "flow_run.root_flow_run_id": str(run.id),
        "flow_run.job_variables": {},
    }


@embedded_alone
def test_in_a_task_it_tells_of_both_runs(face: Face, stored: Stored) -> None:
    @face.task(name="the task", tags=["b", "a"])
    def tell(number: int, unit: str = "mm") -> dict[str, Any]:
        return told()

    @face.flow
    def ask() -> Any:
        before = told()
        answer = yield tell(3)
        assert told() == before
        return answer

    answer = face.run(ask)
    of_flow, of_task = stored.flow_run(), stored.task_run()
    assert answer["flow_run.id"] == str(of_flow.id)
    assert {name: value for name, value in answer.items() if name.startswith("task_run.")} == {
        "task_run.id": str(of_task.id),
        "task_run.name": of_task.name,
        "task_run.task_name": "the task",
        "task_run.parameters": {"number": 3, "unit": "mm"},
        "task_run.tags": ["a", "b"],
        "task_run.run_count": 1,
        "task_run.api_url": None,
        "task_run.ui_url": None,
    }
    assert sorted(of_task.tags) == ["a", "b"]


def test_in_a_subflow_it_tells_of_the_subflow_and_its_parent(face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> dict[str, Any]:
        return told()

    @face.flow
    def parent() -> Any:
        before = told()
        answer = yield child()
        assert told() == before
        return answer

    answer = face.run(parent)
    assert answer["flow_run.id"] == str(stored.flow_run("child").id)
    assert answer["flow_run.parent_flow_run_id"] == str(stored.flow_run("parent").id)
    assert answer["flow_run.root_flow_run_id"] == str(stored.flow_run("parent").id)
    assert answer["task_run.id"] is None


def test_after_a_failure_the_caller_is_told_of_its_own_run_again(face: Face) -> None:
    @face.task
    def fail() -> None:
        raise ValueError

    @face.flow
    def parent() -> Any:
        before = told()
        with pytest.raises(ValueError):  # noqa: PT011 - any will do
            yield fail()
        return told() == before

    assert face.run(parent) is True
    assert told() == NOTHING


def test_what_runtime_does_not_have_is_named() -> None:
    with pytest.raises(AttributeError, match="'nmae'"):
        _ = flow_run.nmae


def test_a_flow_that_is_called_has_no_deployment(face: Face, stored: Stored) -> None:
    @face.flow
    def tell(number: int) -> dict[str, Any]:
        return {attribute: getattr(deployment, attribute) for attribute in dir(deployment)}

    nothing = {"id": None, "name": None, "version": None}
    assert face.run(tell, 3) == {**nothing, "flow_run_id": str(stored.flow_run().id), "parameters": {"number": 3}}
    assert {attribute: getattr(deployment, attribute) for attribute in dir(deployment)} == {
        **nothing,
        "flow_run_id": None,
        "parameters": {},
    }


def test_a_run_was_to_start_when_it_was_called(face: Face, stored: Stored) -> None:
    @face.flow
    def tell() -> Any:
        return flow_run.scheduled_start_time

    assert face.run(tell) == stored.flow_run().expected_start_time


def test_variables_answer_in_place_of_a_run_ours_before_the_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__NAME", "theirs")
    assert flow_run.name == "theirs"
    monkeypatch.setenv("HEADRACE__RUNTIME__FLOW_RUN__NAME", "ours")
    assert flow_run.name == "ours"
    monkeypatch.setenv("HEADRACE__RUNTIME__TASK_RUN__RUN_COUNT", "7")
    assert task_run.run_count == 7
    monkeypatch.setenv("HEADRACE__RUNTIME__DEPLOYMENT__NEW", "made up")
    assert deployment.new == "made up"


def test_a_variable_answers_within_a_run_too(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE__RUNTIME__FLOW_RUN__NAME", "said from without")

    @face.flow
    def tell() -> Any:
        return flow_run.name

    assert face.run(tell) == "said from without"


def test_a_variable_that_cannot_be_what_is_asked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE__RUNTIME__FLOW_RUN__TAGS", "a,b")
    with pytest.raises(ValueError, match=r"HEADRACE__RUNTIME__FLOW_RUN__TAGS is set.* monkeypatch"):
        _ = flow_run.tags
    monkeypatch.setenv("HEADRACE__RUNTIME__FLOW_RUN__RUN_COUNT", "often")
    with pytest.raises(ValueError, match="'often', and is to be of the type int"):
        _ = flow_run.run_count


def test_runs_are_given_names_that_people_can_say(face: Face, stored: Stored) -> None:
    @face.task
    def load_table() -> None:
        return None

    @face.flow
    def nightly_load() -> Any:
        yield load_table()

    face.run(nightly_load)
    assert GENERATED.fullmatch(stored.flow_run("nightly-load").name)
    assert re.fullmatch(r"load_table-[0-9a-f]{3}", stored.task_run().name)
