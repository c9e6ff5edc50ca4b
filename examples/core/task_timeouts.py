"""Timeouts: what takes too long fails as TimedOut, and the flow goes on without it.

    python examples/core/task_timeouts.py

`timeout_seconds` bounds each attempt of a task, and the whole run of a flow. An attempt that was too slow is one that
failed: it is tried again where there are retries, and the exception is a TimeoutError.
"""

import asyncio
import time

from headrace import flow, task
from headrace.runtime import task_run


def slow_answer() -> None:
    """Stands for a service that hangs: waits for ever, a little at a time."""
    while True:
        time.sleep(0.01)


@task(timeout_seconds=0.25)
def ask(service: str) -> str:
    if service == "archive":
        slow_answer()
    return f"{service} answered"


@task(timeout_seconds=0.25, retries=1)
def ask_again(service: str) -> str:
    if task_run.run_count == 1:
        slow_answer()
    return f"{service} answered at attempt {task_run.run_count}"


@task(timeout_seconds=0.1)
async def ask_the_moon() -> str:
    # Async code is interrupted where it awaits.
    await asyncio.Event().wait()
    return "the moon answered"


@task
async def listen() -> None:
    await asyncio.Event().wait()


@flow
def services() -> None:
    for service in ("shop", "archive"):
        state = ask(service, return_state=True)
        print(f"{service}: {state.name}")
    print("stock:", ask_again("stock"))
    try:
        ask("archive")
    except TimeoutError:
        print("archive: a TimeoutError where the task was called")


@flow(timeout_seconds=0.1)
async def signals() -> None:
    """A bound for all of its tasks together."""
    await listen()


async def space() -> None:
    state = await ask_the_moon(return_state=True)
    print(f"the moon: {state.name}")
    state = await signals(return_state=True)
    print(f"signals from elsewhere: {state.name}")


if __name__ == "__main__":
    services()
    asyncio.run(space())
