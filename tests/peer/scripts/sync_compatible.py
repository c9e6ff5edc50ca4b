"""Functions that sync and async code calls alike, by the decorator that Prefect's own packages use."""

import asyncio

from prefect import flow, task
from prefect.runtime import flow_run
from prefect.utilities.asyncutils import (
    asyncnullcontext,
    gather,
    is_async_fn,
    is_async_gen_fn,
    run_coro_as_sync,
    run_sync_in_worker_thread,
    sync_compatible,
)


@sync_compatible
async def load(name: str) -> str:
    await asyncio.sleep(0)
    return f"{name} in {flow_run.flow_name}"


@task
def sync_task() -> str:
    return load("task")


@flow(name="plain")
def plain() -> None:
    print(load("flow"), sync_task(), run_coro_as_sync(load("later", _sync=False)))


@flow(name="awaited")
async def awaited() -> None:
    print(await load("flow"), sync_task(), load("at once", _sync=True))

    async def number(value: int) -> int:
        return value

    print(await gather(lambda: number(1), lambda: number(2)), run_coro_as_sync(number(3)))
    print(await run_sync_in_worker_thread(lambda: flow_run.flow_name))
    async with asyncnullcontext(4) as value:
        print(value)


async def items():
    yield 1


if __name__ == "__main__":
    plain()
    asyncio.run(awaited())
    print(
        load("alone"),
        load.__name__,
        is_async_fn(load),
        is_async_fn(load.aio),
        is_async_fn(print),
        is_async_gen_fn(items),
    )
