"""The functions of flows and tasks, called by `fn`: no runs, and plain exceptions."""

from prefect import flow, task


@task
def invert(x: int) -> float:
    return 1 / x


@flow
def inverted(xs: list[int]) -> list[float]:
    return [invert.fn(x) for x in xs]


if __name__ == "__main__":
    print(invert.fn(4), inverted.fn([1, 2]), inverted([5]))
    try:
        inverted.fn([0])
    except ZeroDivisionError as error:
        print("plain:", error)
    print(invert.fn.__name__, inverted.fn.__name__, invert.__name__, inverted.__name__)
