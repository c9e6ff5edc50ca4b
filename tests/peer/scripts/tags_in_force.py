"""Tags of tasks, of blocks, and of what is started inside of them."""

from prefect import flow, tags, task
from prefect.runtime import flow_run, task_run


@task(tags=["own"])
def tagged() -> list[str]:
    return sorted(task_run.tags)


@flow
def child() -> None:
    print(sorted(flow_run.tags), tagged())


@flow
def parent() -> None:
    print(sorted(flow_run.tags), tagged())
    with tags("a", "own"), tags("b") as current:
        print(sorted(current), tagged(), tagged.with_options(tags=["other"])())
        child()


if __name__ == "__main__":
    with tags("top"):
        parent()
    parent()
