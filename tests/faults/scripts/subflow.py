"""A flow with a subflow, which has a task."""

from headrace import flow, task


@task
def work() -> None: ...


@flow
def child() -> None:
    work()


@flow
def parent() -> None:
    child()


if __name__ == "__main__":
    parent()
