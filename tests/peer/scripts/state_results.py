"""`State.result` gives a value in sync runs, and a coroutine in async ones, whatever the state is of."""

import asyncio
from inspect import iscoroutine
from typing import Any

from prefect import flow, task
from prefect.states import State


@task
def plain() -> int:
    return 1


@task
async def coroutine() -> int:
    return 2


@task
async def fails() -> None:
    raise ValueError("no luck")


async def hook(run_of: Any, run: Any, state: State[Any]) -> None:
    result = state.result()
    print("a coroutine hook of", run_of.name, iscoroutine(result), await state.aresult())
    if iscoroutine(result):
        result.close()


@flow(name="sync", on_completion=[hook])
def in_sync() -> None:
    state = plain(return_state=True)
    print("sync flow", state.result(), plain.submit(return_state=True).result())


@flow(name="async", on_completion=[hook])
async def in_async() -> None:
    print("async flow", await (await coroutine(return_state=True)).result())
    print("of a sync task", await plain(return_state=True).result())
    print("of a submitted one", await coroutine.submit(return_state=True).result())
    failed = await fails(return_state=True)
    print("of a failed one", repr(await failed.result(raise_on_failure=False)))
    try:
        await failed.result()
    except ValueError as error:
        print("raised", error)


if __name__ == "__main__":
    in_sync()
    asyncio.run(in_async())
