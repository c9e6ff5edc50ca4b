"""Task runners: one worker, nested submissions, subflows with runners of their own, async tasks on threads."""

import asyncio

from prefect import flow, tags, task
from prefect.futures import as_completed, wait
from prefect.task_runners import ConcurrentTaskRunner, ThreadPoolTaskRunner


@task
def leaf(x: int) -> int:
    return x + 1000


@task
async def async_leaf(x: int) -> int:
    await asyncio.sleep(0)
    return x + 2000


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def inner(x: int) -> int:
    return leaf.submit(x).result() + async_leaf.submit(x).result()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
def serial() -> None:
    with tags("night"):
        futures = [leaf.submit(x) for x in range(3)]
    print([future.result() for future in futures])
    print(sorted(future.result() for future in as_completed(futures)))
    done, not_done = wait(futures)
    print(len(done), len(not_done))
    print(inner(5))


@flow(task_runner=ConcurrentTaskRunner())
async def concurrent() -> None:
    print(async_leaf.submit(1).result(), leaf.submit(2).result())
    print(async_leaf.map([1, 2]).result())


if __name__ == "__main__":
    print(serial.task_runner.name)
    serial()
    asyncio.run(concurrent())
    try:
        leaf.submit(1)
    except RuntimeError:
        print("no task runner outside of a flow")
