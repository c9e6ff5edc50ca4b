"""A flow that reports without end."""

from headrace import flow, task


@task
def write(number: int) -> int:
    return number


@flow
def writes() -> None:
    print("writing", flush=True)
    number = 0
    while True:
        number = write(number) + 1
