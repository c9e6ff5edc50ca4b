"""What a running flow or task can ask about itself."""

from prefect import flow, runtime, task


@task(name="Look")
def look() -> dict[str, bool]:
    return {
        "has its own id": runtime.task_run.id is not None and runtime.task_run.id != runtime.flow_run.id,
        "is named after its task": runtime.task_run.name.startswith("Look-"),
        "knows its flow": runtime.flow_run.flow_name == "Look around",
    }


@flow
def child(parent_id: str) -> bool:
    return runtime.flow_run.parent_flow_run_id == parent_id and runtime.flow_run.id != parent_id


@flow(name="Look around")
def look_around(depth: int = 1) -> None:
    print(runtime.flow_run.flow_name, runtime.flow_run.parameters, runtime.task_run.id)
    print(look())
    print(child(runtime.flow_run.id), len(runtime.flow_run.name.split("-")))


if __name__ == "__main__":
    print(runtime.flow_run.id, runtime.flow_run.name, runtime.task_run.name)
    look_around()
