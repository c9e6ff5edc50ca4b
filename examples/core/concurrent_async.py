"""Many waits at the same time: `asyncio.gather` and task groups over tasks, on one thread.

    python examples/core/concurrent_async.py

Each request below waits until all of the others have been sent: one after the other, they would wait for ever.
"""

import asyncio

from headrace import flow, task

CITIES = ("Anchorage", "Boston", "Chicago", "Denver")


class Switchboard:
    """Stands for a service that answers when all of its callers are on the line."""

    def __init__(self, callers: int) -> None:
        self.waiting = callers
        self.all_there = asyncio.Event()

    async def call(self) -> None:
        """Waits for the others."""
        self.waiting -= 1
        if not self.waiting:
            self.all_there.set()
        await self.all_there.wait()


@task(task_run_name="call {city}")
async def call(city: str, switchboard: Switchboard) -> str:
    await switchboard.call()
    return f"{city} is on the line"


@flow
async def gathered() -> list[str]:
    switchboard = Switchboard(callers=len(CITIES))
    return await asyncio.gather(*(call(city, switchboard) for city in CITIES))


@flow
async def grouped() -> list[str]:
    switchboard = Switchboard(callers=len(CITIES))
    # Where one of them fails, a group cancels those that still wait.
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(call(city, switchboard)) for city in CITIES]
    return [each.result() for each in calls]


async def main() -> None:
    print("gathered:", "; ".join(await gathered()))
    print("grouped:", "; ".join(await grouped()))


if __name__ == "__main__":
    asyncio.run(main())
