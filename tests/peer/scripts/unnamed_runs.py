"""Runs whose name cannot be made: what the caller gets."""

from prefect import flow, task


@task(task_run_name="{missing}")
def missing() -> None:
    print("never")


@task(task_run_name=lambda: 3)
def no_text() -> None:
    print("never")


@flow(flow_run_name="{missing}")
def missing_too() -> None:
    print("never")


@flow
def parent() -> None:
    for unnamed in (missing, no_text, missing_too):
        try:
            unnamed()
        except (KeyError, TypeError) as error:
            print(type(error).__name__)


if __name__ == "__main__":
    parent()
