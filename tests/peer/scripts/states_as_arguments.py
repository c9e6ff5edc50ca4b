"""Final states given to tasks and flows: a task gets the result, and the edge is recorded."""

from prefect import flow, task


@task
def make(n: int) -> list[int]:
    return [n] * n


@task
def count(items: list[int], extra=None) -> int:
    return len(items)


@flow
def inner(items: list[int]) -> int:
    return count(items)


@flow
def outer() -> list[int]:
    state = make(3, return_state=True)
    return [count(state), count([1], extra={"deep": [state]}), inner(state)]


if __name__ == "__main__":
    print(outer())
