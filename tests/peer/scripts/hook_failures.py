"""Hooks that raise: each is told of with its traceback, and neither its run nor the other hooks notice."""

from typing import Any

from prefect import flow, task


def breaks(runnable: Any, run: Any, state: Any) -> None:
    raise RuntimeError("a hook broke")


async def breaks_later(runnable: Any, run: Any, state: Any) -> None:
    raise OSError("a coroutine broke")


def takes_too_little(runnable: Any) -> None:
    print("never")


def goes_on(runnable: Any, run: Any, state: Any) -> None:
    print(runnable.name, "is", state.name)


HOOKS = [breaks, breaks_later, takes_too_little, goes_on]


@task(on_completion=HOOKS, on_failure=HOOKS)
def count(number: int) -> int:
    return 10 // number


@flow(on_completion=HOOKS, on_failure=HOOKS)
def pipeline(number: int) -> int:
    return count(number)


if __name__ == "__main__":
    print(pipeline(5))
    try:
        pipeline(0)
    except ZeroDivisionError as error:
        print("raised", error)
