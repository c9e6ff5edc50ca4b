"""Runs that take longer than they may: alone, in flows, tried again, awaited, submitted."""

import asyncio
import time
from typing import Any

from prefect import flow, task

tries: list[str] = []


@task(timeout_seconds=0.3)
def sleeps() -> None:
    time.sleep(1)


@task(timeout_seconds=0.3, retries=1)
def sleeps_once() -> str:
    tries.append("sync")
    if len(tries) == 1:
        time.sleep(1)
    return "in time"


@task(timeout_seconds=0.3)
async def awaits() -> None:
    await asyncio.sleep(10)


@task(timeout_seconds=30)
def quick() -> int:
    return 1


@task(timeout_seconds=0)
def unlimited() -> int:
    return 2


@task
def plain(seconds: float) -> None:
    time.sleep(seconds)


@flow(name="too-long", timeout_seconds=0.5)
def too_long() -> None:
    plain(2)


@flow(name="awaits-too-long", timeout_seconds=0.5)
async def awaits_too_long() -> None:
    await asyncio.sleep(10)


@flow
async def main() -> None:
    for state in (sleeps(return_state=True), sleeps_once(return_state=True), quick(return_state=True)):
        tell(state)
    tell(await awaits(return_state=True))
    tell(unlimited(return_state=True))
    future = sleeps.submit()
    future.wait()
    tell(future.state)
    tell(too_long(return_state=True))
    tell(await awaits_too_long(return_state=True))
    print(sleeps.timeout_seconds, unlimited.timeout_seconds, quick.with_options(timeout_seconds=4).timeout_seconds)
    try:
        sleeps()
    except TimeoutError as error:
        print("caught", type(error).__name__)


def tell(state: Any) -> None:
    print(state.type.value, state.name, state.message)


if __name__ == "__main__":
    asyncio.run(main())
