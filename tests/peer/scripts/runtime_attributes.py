"""All that runtime knows, in a flow, in its task, outside of both, and as variables say."""

import os

from prefect import flow, task
from prefect.runtime import deployment, flow_run, task_run

IDS = ("id", "flow_run_id", "root_flow_run_id", "parent_flow_run_id")
# A server's address and the version that a file is given are each engine's own; names are made up.
ELSEWHERE = ("api_url", "ui_url", "flow_version", "name")


def told(module) -> dict:
    values = {name: getattr(module, name) for name in dir(module) if name not in ELSEWHERE}
    if "scheduled_start_time" in values:
        values["scheduled_start_time"] = values["scheduled_start_time"].tzinfo is not None
    return {name: value is not None if name in IDS else value for name, value in values.items()}


@task(name="Look")
def look(depth: int) -> None:
    print("task", told(task_run), told(flow_run), told(deployment))


@flow(name="Inner")
def inner(root: str) -> None:
    print(flow_run.root_flow_run_id == root, flow_run.parent_flow_run_id == root, flow_run.run_count)


@flow(name="Outer")
def outer(depth: int = 3) -> None:
    print("flow", told(task_run), told(flow_run), told(deployment))
    look(depth)
    inner(flow_run.id)


def attempt(module, name: str) -> object:
    try:
        return getattr(module, name)
    except Exception as error:
        return type(error).__name__


if __name__ == "__main__":
    for module in (flow_run, task_run, deployment):
        print(module.__name__.rpartition(".")[2], sorted(module.__all__), dir(module), attempt(module, "nmae"))
        for name in dir(module):
            variable = f"PREFECT__RUNTIME__{module.__name__.rpartition('.')[2].upper()}__{name.upper()}"
            os.environ[variable] = "5"
            print(name, repr(attempt(module, name)))
            os.environ[variable] = "x"
            print(name, repr(attempt(module, name)))
            del os.environ[variable]
    print("outside", told(task_run), told(flow_run), told(deployment))
    os.environ["PREFECT__RUNTIME__DEPLOYMENT__MADE_UP"] = "yes"
    print(deployment.made_up)
    outer()
