"""A script of the peer: flows, subflows, tasks called, submitted and mapped, retries, failures, logs, tags, async."""

import asyncio

from prefect import flow, get_run_logger, tags, task
from prefect.states import Cancelled, Completed, State


@task(name="add", task_run_name="add {x}")
def add(x: int, y: int = 1) -> int:
    get_run_logger().info("adding %s", x)
    return x + y


@task(retries=2, retry_delay_seconds=0.05)
def flaky(tries: list[int]) -> int:
    tries.append(1)
    if len(tries) < 3:
        raise ValueError(f"try {len(tries)}")
    return len(tries)


@task
def broken() -> None:
    raise RuntimeError("no")


@task
async def slow(number: int) -> int:
    await asyncio.sleep(0.01)
    return number


@task
def gives_up() -> State:
    return Cancelled(message="enough")


@task(cache_key_fn=lambda context, _: str(context.task_run.flow_run_id), persist_result=True)
def remembered() -> int:
    return 7


@flow(flow_run_name="inner {number}")
async def inner(number: int) -> int:
    return sum(await asyncio.gather(*(slow(one) for one in range(number))))


@flow(flow_run_name="failing", retries=1, retry_delay_seconds=0)
def failing() -> None:
    raise ValueError("twice")


@flow(flow_run_name="everything", log_prints=True)
def everything(start: int = 1) -> State:
    print("printed")
    first = add(start)
    futures = add.map([1, 2, 3], y=first)
    total = add.submit(sum(futures.result()), wait_for=[futures])
    flaky([])
    broken(return_state=True)
    gives_up(return_state=True)
    failing(return_state=True)
    with tags("red", "blue"):
        remembered()
        remembered()
    found = asyncio.run(inner(3))
    return Completed(message=f"{total.result()} {found}")


@task
def alone() -> str:
    return "no flow"


if __name__ == "__main__":
    everything(start=2)
    alone()
