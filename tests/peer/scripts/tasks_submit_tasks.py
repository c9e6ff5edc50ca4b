"""Tasks that submit tasks: parents in the graph, results that pass through, retries of submitted tasks."""

from typing import Any

from prefect import flow, task

calls: list[int] = []


@task
def leaf(x: int) -> int:
    return x * 1000


@task
def parent(x: int) -> int:
    return sum(future.result() for future in leaf.map([x, x + 1]))


@task(retries=1)
def flaky(x: int) -> int:
    calls.append(x)
    if calls.count(x) == 1:
        raise OSError("not yet")
    return x


@task
def items() -> Any:
    yield 1
    yield 2


@flow
def pipeline() -> None:
    print(parent.submit(1).result())
    print(parent(5))
    print(flaky.submit(7).result(), calls)
    print(items.submit().result())
    called: list[bool] = []
    future = leaf.submit(2)
    future.wait()
    future.add_done_callback(lambda done: called.append(done is future))
    print(called)
    try:
        leaf.submit()
    except TypeError as error:
        print(type(error).__name__)


if __name__ == "__main__":
    pipeline()
