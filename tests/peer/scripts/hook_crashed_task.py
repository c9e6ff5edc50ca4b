"""A task that leaves by SystemExit: it was running once."""

from typing import Any

from prefect import flow, task


def begins(task: Any, run: Any, state: Any) -> None:
    print("begins", task.name, state.name)


@task(on_running=[begins])
def leave() -> None:
    raise SystemExit(3)


@flow
def pipeline() -> str:
    try:
        leave()
    except SystemExit:
        return "left"
    return "stayed"


if __name__ == "__main__":
    print(pipeline())
