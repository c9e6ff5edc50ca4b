"""Tasks in other processes: results, coroutines, maps, context, failures and what follows from them."""

import os
from typing import Any

from prefect import flow, get_run_logger, runtime, task
from prefect.task_runners import ProcessPoolTaskRunner


@task
def extract(n: int) -> list[int]:
    get_run_logger().info("extracting %s", n)
    return list(range(n))


@task
async def total(rows: Any) -> int:
    return sum(sum(row) for row in rows)


@task(task_run_name="look at {place}", retries=1)
def look(place: str) -> tuple[str, bool]:
    return runtime.flow_run.flow_name, os.getpid() == int(os.environ["PARENT"])


@task
def fails() -> None:
    raise ValueError("no rows")


@task
def shown(value: Any) -> str:
    return repr(value)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def pipeline() -> int:
    futures = [extract.submit(n) for n in (300, 400)]
    result = total.submit([[1, 2], [3]])
    print(look.submit("Oslo").result())
    print(shown.map([1, 2, 3]).result())
    print(shown.submit("late", wait_for=futures).result())
    failed = fails.submit()
    failed.wait()
    print(failed.state.type.value, failed.state.name)
    after = shown.submit("after", wait_for=[failed])
    after.wait()
    print(after.state.type.value, after.state.name)
    return result.result()


if __name__ == "__main__":
    os.environ["PARENT"] = str(os.getpid())
    print(pipeline())
