"""Hooks are inside of their run: its logger, its runtime values and its prints; what they run belongs to it."""

from typing import Any

from prefect import flow, get_client, get_run_logger, task
from prefect.runtime import flow_run, task_run


def looks(runnable: Any, run: Any, state: Any) -> None:
    get_run_logger().info("looking at %s of %s", state.name, runnable.name)
    print("looks", flow_run.flow_name, flow_run.parameters, task_run.task_name, task_run.parameters)
    print(run.name in (flow_run.name, task_run.name), str(run.id) in (flow_run.id, task_run.id))


def reads(flow: Any, run: Any, state: Any) -> None:
    with get_client(sync_client=True) as client:
        print("stored as", client.read_flow_run(run.id).state_name)


@task
def notify(text: str) -> str:
    return text.upper()


def notifies(runnable: Any, run: Any, state: Any) -> None:
    print(notify(state.name))


@task(on_running=[looks], on_completion=[looks], on_failure=[looks, notifies])
def divide(by: int) -> float:
    return 6 / by


@flow(on_completion=[looks, reads, notifies], on_failure=[reads, looks])
def pipeline(by: int = 2) -> float:
    return divide(by)


if __name__ == "__main__":
    print(pipeline())
    pipeline(0, return_state=True)
