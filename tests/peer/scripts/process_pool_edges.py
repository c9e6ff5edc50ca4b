"""Futures handed to tasks in other processes: results in their places, edges, and tags in force."""

from typing import Any

from prefect import allow_failure, flow, tags, task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def extract(n: int) -> list[int]:
    return list(range(n))


@task
async def total(rows: Any) -> int:
    return sum(sum(row) for row in rows)


@task
def fails() -> None:
    raise ValueError("no rows")


@task
def shown(value: Any) -> str:
    return repr(value)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def chain() -> int:
    futures = [extract.submit(n) for n in (300, 400)]
    with tags("night"):
        failed = fails.submit()
    print("allowed", shown.submit(allow_failure(failed)).result())
    return total.submit(futures).result()


if __name__ == "__main__":
    print(chain())
