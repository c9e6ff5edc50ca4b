"""In another process: a task calls a subflow."""

from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def double(x: int) -> int:
    return 2 * x


@flow
def inner(x: int) -> int:
    return double(x)


@task
def outer() -> int:
    return inner(5)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def nesting() -> int:
    return outer.submit().result()


if __name__ == "__main__":
    print(nesting())
