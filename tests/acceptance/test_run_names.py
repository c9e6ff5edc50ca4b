"""Run names that users choose: templates over the parameters, and functions; and what happens where they fail."""

from types import SimpleNamespace
from typing import Any

import pytest

from headrace import flow, task
from headrace.runtime import flow_run, task_run
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


def test_a_template_takes_parameters_with_their_attributes_items_and_formats(face: Face, stored: Stored) -> None:
    @face.task(task_run_name="{user.name}-{rows[0]}-{share:.2f}-{unit!r}")
    def load(user: Any, rows: list[int], share: float, unit: str = "mm") -> str | None:
        return task_run.name

    @face.flow(flow_run_name="load-{day}")
    def daily(day: str = "monday") -> Any:
        return (yield load(SimpleNamespace(name="ada"), [7, 8], share=0.123)), flow_run.name

    assert face.run(daily) == ("ada-7-0.12-'mm'", "load-monday")
    assert stored.flow_run().name == "load-monday"
    (run,) = stored.task_runs()
    assert run.name == "ada-7-0.12-'mm'"


def test_a_function_names_a_run_from_within_it(face: Face) -> None:
    def named_by_runtime() -> str:
        return f"{flow_run.flow_name}/{task_run.task_name}/{task_run.parameters['number']}"

    @face.task(task_run_name=named_by_runtime)
    def count(number: int) -> str | None:
        return task_run.name

    @face.flow(flow_run_name=lambda: f"{flow_run.flow_name} of {flow_run.parameters['number']}")
    def outer(number: int) -> Any:
        return (yield count(number)), flow_run.name

    assert face.run(outer, 3) == ("outer/count/3", "outer of 3")


def test_a_function_may_take_the_parameters(face: Face) -> None:
    def of(parameters: dict[str, Any]) -> str:
        return f"number {parameters['number']}"

    @face.task(task_run_name=of)
    def count(number: int) -> str | None:
        return task_run.name

    @face.flow(flow_run_name=of)
    def outer(number: int) -> Any:
        return (yield count(number + 1)), flow_run.name

    assert face.run(outer, 3) == ("number 4", "number 3")


@pytest.mark.parametrize(
    ("namer", "error", "text"),
    [
        ("{missing}", KeyError, "missing"),
        (lambda: 3, TypeError, "returned type int but a string is required"),
        (lambda: "abc"[9], IndexError, "out of range"),
    ],
)
def test_a_run_that_cannot_be_named_fails_and_says_so(
    face: Face, stored: Stored, namer: Any, error: type[Exception], text: str
) -> None:
    ran: list[str] = []

    @face.task(task_run_name=namer)
    def nameless() -> None:
        ran.append("task")

    @face.flow(name="calls it")
    def calls_it() -> Any:
        yield nameless()

    @face.flow(name="nameless flow", flow_run_name=namer)
    def nameless_flow() -> None:
        ran.append("flow")

    for runnable in (calls_it, nameless_flow):
        with pytest.raises(error, match=text) as raised:
            face.run(runnable)
        assert "could not be named" in raised.value.__notes__[0]
    assert ran == []
    task_state = stored.states(stored.task_run("nameless"))[-1]
    flow_states = stored.states(stored.flow_run("nameless flow"))
    for states in ([task_state], flow_states[1:]):
        assert [state.name for state in states] == ["Failed"]
        assert f"not started. {error.__name__}" in str(states[0].message)


@pytest.mark.parametrize("decorate", [task, flow])
def test_a_name_that_is_neither_text_nor_function_is_refused_where_it_is_given(decorate: Any) -> None:
    option = f"{decorate.__name__}_run_name"
    with pytest.raises(TypeError, match=f"Expected string or callable for '{option}'; got int instead"):
        decorate(**{option: 3})(print)
