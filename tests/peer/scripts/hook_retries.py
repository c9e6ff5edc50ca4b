"""Hooks of runs that are tried again: those of Running for each attempt, the others when the run has ended."""

from typing import Any

from prefect import flow, task
from prefect.runtime import flow_run, task_run


def told(name: str) -> Any:
    def hook(runnable: Any, run: Any, state: Any) -> None:
        print(name, runnable.name, state.name)

    return hook


HOOKS: Any = {option: [told(option)] for option in ("on_running", "on_completion", "on_failure")}


@task(retries=2, **HOOKS)
def recovers() -> int:
    print("attempt", task_run.run_count)
    if task_run.run_count < 3:
        raise ValueError("again")
    return task_run.run_count


@task(retries=1, retry_delay_seconds=0.01, **HOOKS)
def gives_up() -> None:
    print("attempt", task_run.run_count)
    raise ValueError("again")


@task(retries=1, retry_condition_fn=lambda task, run, state: False, **HOOKS)
def may_not_retry() -> None:
    print("attempt", task_run.run_count)
    raise ValueError("again")


@flow(retries=1, **HOOKS)
def pipeline() -> int:
    print("flow attempt", flow_run.run_count)
    if flow_run.run_count == 1:
        raise ValueError("again")
    print(recovers())
    gives_up(return_state=True)
    may_not_retry(return_state=True)
    return 7


@flow(retries=1, **HOOKS)
def hopeless() -> None:
    print("flow attempt", flow_run.run_count)
    raise ValueError("again")


if __name__ == "__main__":
    print(pipeline())
    try:
        hopeless()
    except ValueError as error:
        print("raised", error)
