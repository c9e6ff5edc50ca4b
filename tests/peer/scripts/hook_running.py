"""Hooks of Running are inside of the flow's run, and are told which attempt begins."""

from typing import Any

from prefect import flow
from prefect.runtime import flow_run


def begins(flow: Any, run: Any, state: Any) -> None:
    print("begins", state.name, "attempt", run.run_count, flow_run.flow_name, flow_run.run_count)


@flow(on_running=[begins], retries=1)
def pipeline() -> str:
    if flow_run.run_count == 1:
        raise ValueError("again")
    return "done"


if __name__ == "__main__":
    print(pipeline())
