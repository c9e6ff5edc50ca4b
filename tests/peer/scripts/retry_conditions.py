"""Tasks that are tried again as a condition says."""

from typing import Any

from prefect import flow, task

calls: list[str] = []


def is_first(task: Any, run: Any, state: Any) -> bool:
    print("asked", task.name, run.run_count, state.name)
    return run.run_count < 2


@task(retries=5, retry_condition_fn=is_first)
def conditional() -> None:
    calls.append("conditional")
    raise ValueError("no")


@flow
def pipeline() -> str:
    try:
        conditional()
    except ValueError as error:
        print("caught", error)
    return "done"


if __name__ == "__main__":
    print(pipeline(), calls)
