"""Failures that the caller handles: of a task in a flow, of a subflow in a flow, of a flow in a script."""

from prefect import flow, task


@task
def divide(a: int, b: int) -> float:
    return a / b


@flow
def careless(b: int) -> float:
    return divide(1, b)


@flow
def careful() -> str:
    try:
        divide(1, 0)
    except ZeroDivisionError as error:
        print(f"task: {error}")
    try:
        careless(0)
    except ZeroDivisionError as error:
        print(f"subflow: {error}")
    return "done"


@flow
def broken() -> None:
    raise ValueError("this flow is broken")


if __name__ == "__main__":
    print(careful())
    try:
        broken()
    except ValueError as error:
        print(f"flow: {error}")
    print(careless(4))
