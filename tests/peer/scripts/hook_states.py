"""Which hooks a flow calls for states that it returns, and a task for its own: a run that says Cancelled calls none."""

from typing import Any

from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed


def told(name: str) -> Any:
    def hook(runnable: Any, run: Any, state: Any) -> None:
        print(name, runnable.name, state.type.value, state.name, state.message)

    return hook


FOR_TASKS: Any = {option: [told(option)] for option in ("on_completion", "on_failure")}
FOR_FLOWS: Any = {**FOR_TASKS, **{option: [told(option)] for option in ("on_cancellation", "on_crashed")}}
STATES: Any = {
    "cancelled": lambda: Cancelled(message="not today"),
    "failed": lambda: Failed(message="by hand"),
    "crashed": lambda: Crashed(message="it fell"),
    "skipped": lambda: Completed(name="Skipped", message="nothing to do"),
    "some failed": lambda: [Completed(), Failed()],
    "all completed": lambda: [Completed(), Completed()],
}


@task(**FOR_TASKS)
def step(kind: str) -> Any:
    return STATES[kind]()


@flow(**FOR_FLOWS)
def pipeline(kind: str) -> Any:
    return STATES[kind]()


@flow
def steps() -> None:
    for kind in STATES:
        if kind not in ("some failed", "all completed"):
            step(kind, return_state=True)


if __name__ == "__main__":
    steps()
    for kind in STATES:
        pipeline(kind, return_state=True)
