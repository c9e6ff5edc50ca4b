"""What flows come to that return futures, or that forget them."""

from typing import Any

from prefect import flow, task


@task
def one(x: int = 1) -> int:
    return x


@task
def fails() -> None:
    raise ValueError("no")


@flow
def single() -> Any:
    return one.submit()


@flow
def listed() -> Any:
    return [one.submit(), one.submit(2)]


@flow
def nested() -> Any:
    return {"a": one.submit(), "b": [one.submit(2)]}


@flow
def mapped() -> Any:
    return one.map([1, 2])


@flow
def some_failed() -> Any:
    return [fails.submit(), one.submit()]


@flow
def failed() -> Any:
    return fails.submit()


@flow
def forgotten() -> None:
    fails.submit()


@flow
def body_fails() -> None:
    one.submit()
    raise RuntimeError("the body")


if __name__ == "__main__":
    for each in (single, listed, nested, mapped, some_failed, failed, forgotten, body_fails):
        state = each(return_state=True)
        print(each.name, state.type.value, state.name, state.message)
