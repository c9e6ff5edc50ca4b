"""Hooks added by decorators and by with_options; what the decorators return, and what is refused."""

from typing import Any

from prefect import flow, task


def first(runnable: Any, run: Any, state: Any) -> None:
    print("first", runnable.name, state.name)


def other(runnable: Any, run: Any, state: Any) -> None:
    print("other", runnable.name, state.name)


@task(on_completion=[first])
def count() -> int:
    return 3


@count.on_completion
def second(task: Any, run: Any, state: Any) -> None:
    print("second", task.name, state.name, state.result())


@count.on_failure
@count.on_running
async def counted(task: Any, run: Any, state: Any) -> None:
    print("counted", task.name, state.name)


@flow
def pipeline(number: int) -> int:
    return count() // number


@pipeline.on_completion
@pipeline.on_failure
@pipeline.on_crashed
@pipeline.on_cancellation
def ended(flow: Any, run: Any, state: Any) -> None:
    print("ended", flow.name, state.name, run.parameters)


@pipeline.on_running
def begins(flow: Any, run: Any, state: Any) -> None:
    print("begins", flow.name, state.name, run.parameters)


def refused(option: str, given: Any) -> str:
    try:
        task(**{option: given})(lambda: 1)
        flow(**{option: given})(lambda: 1)
    except TypeError as error:
        return f"TypeError: {option!r}" if repr(option) in str(error) else str(error)
    return "taken"


if __name__ == "__main__":
    print(callable(second), second.__name__, count.on_completion(other) is other)
    renamed = count.with_options(name="renamed", on_failure=[other], on_completion=[other])
    print(renamed(), len(renamed.on_completion_hooks), len(count.on_completion_hooks), len(count.on_failure_hooks))
    print(pipeline(1), pipeline(0, return_state=True).name)
    print(pipeline.with_options(name="renamed", on_completion=[first])(3), len(pipeline.on_completion_hooks))
    for given in (first, 3, [3], [first, None], "first", [first], (first,), []):
        print(refused("on_completion", given), refused("on_failure", given), refused("on_running", given))
