"""Flows that say that they run, and then wait to be ended."""

import asyncio
import time

from headrace import flow, task


@task
def wait() -> None:
    print("waiting", flush=True)
    time.sleep(60)


@flow
def waits() -> None:
    wait()


@flow
async def waits_async() -> None:
    print("waiting", flush=True)
    await asyncio.sleep(60)
