"""Who am I? The run that the code at hand belongs to, without handing anything down.

    python examples/patterns/runtime_context.py

`headrace.runtime` answers anywhere below a run: in tasks, in plain functions, in hooks. Outside of runs the answers
are None or empty. Tests give answers by variables: HEADRACE__RUNTIME__FLOW_RUN__NAME=a-test.
"""

from headrace import flow, tags, task
from headrace.runtime import flow_run, task_run


def stamp() -> dict[str, object]:
    """What is written beside every file that the pipeline makes; no task hands it anything."""
    return {
        "flow": flow_run.flow_name,
        "parameters": flow_run.parameters,
        "task": task_run.task_name,
        "attempt": task_run.run_count,
        "tags": sorted(task_run.tags),
    }


@task(tags=["files"], retries=1)
def write(name: str) -> dict[str, object]:
    if task_run.run_count == 1:
        raise OSError("the disk is busy")
    return stamp()


@flow
def inner(region: str) -> bool:
    """Whether the run knows its parent."""
    return flow_run.parent_flow_run_id == flow_run.root_flow_run_id


@flow
def export(region: str = "north") -> None:
    for key, value in write(f"{region}.csv").items():
        print(f"{key:<11} {value}")
    print("the parent of a subflow is its root here:", inner(region))


if __name__ == "__main__":
    with tags("nightly"):
        export()
    print("outside of runs:", flow_run.name, task_run.run_count, flow_run.parameters)
