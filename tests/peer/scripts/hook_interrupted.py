"""SystemExit in a hook: it ends the hooks, and reaches the caller of the task and of the flow; their states stand."""

from typing import Any

from prefect import flow, task


def leaves(runnable: Any, run: Any, state: Any) -> None:
    print("leaves", runnable.name, state.name)
    raise SystemExit(5)


def never(runnable: Any, run: Any, state: Any) -> None:
    print("never")


@task(on_completion=[leaves, never])
def count() -> int:
    return 1


@flow(on_completion=[leaves, never])
def pipeline() -> int:
    try:
        return count()
    except SystemExit as interruption:
        print("from the task", repr(interruption))
        return 2


if __name__ == "__main__":
    try:
        print(pipeline())
    except SystemExit as interruption:
        print("from the flow", repr(interruption))
