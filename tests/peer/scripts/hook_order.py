"""Hooks of tasks and flows: each is called in the order in which it was given, with what it is a hook of."""

from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.states import State


def told(name: str) -> Any:
    def hook(runnable: Any, run: FlowRun | TaskRun, state: State[Any]) -> None:
        assert run.state is not None
        assert run.name
        print(name, runnable.name, type(run).__name__, state.type.value, state.name, run.state.name, run.state_name)
        if state.is_final():
            print("  counted", run.run_count, "came to", type(state.result(raise_on_failure=False)).__name__)

    hook.__name__ = name
    return hook


FOR_TASKS: Any = {
    option: [told(f"{option} {number}") for number in (1, 2)]
    for option in ("on_running", "on_completion", "on_failure")
}
FOR_FLOWS: Any = {**FOR_TASKS, "on_cancellation": [told("on_cancellation")], "on_crashed": [told("on_crashed")]}


@task(**FOR_TASKS)
def double(number: int) -> int:
    return 2 * number


@task(**FOR_TASKS)
def fail() -> None:
    raise ValueError("no luck")


@flow(**FOR_FLOWS)
def inner(number: int) -> int:
    return double(number)


@flow(**FOR_FLOWS)
def pipeline() -> int:
    fail(return_state=True)
    return inner(4)


@flow(**FOR_FLOWS)
def failing(number: int) -> None:
    inner(number)
    fail()


if __name__ == "__main__":
    print(double(5))
    print(pipeline())
    numbers: list[Any] = [1, "one"]
    for number in numbers:
        print(failing(number, return_state=True).name)
