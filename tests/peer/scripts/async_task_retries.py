"""Coroutine functions that are tried again, side by side."""

import asyncio
from typing import Any

from prefect import flow, task

calls: dict[int, int] = {}


@task(retries=2, retry_delay_seconds=0.01)
async def flaky(number: int) -> int:
    calls[number] = calls.get(number, 0) + 1
    if calls[number] < 4 - number:
        raise ValueError("not yet")
    return number


@flow
async def pipeline() -> list[Any]:
    return await asyncio.gather(*(flaky(number) for number in range(4)), return_exceptions=True)


if __name__ == "__main__":
    print(asyncio.run(pipeline()))
    print(calls)
