"""A flow of so many task runs that nobody reads them all; two of them fail."""

from headrace import flow, task


@task
def turn(number: int) -> None:
    if number in (7, 250):
        raise ValueError(number)


@flow
def many() -> None:
    for number in range(300):
        turn(number, return_state=True)
