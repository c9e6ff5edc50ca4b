"""So many no-op tasks at once on an event loop: `gather.py COUNT`."""

import asyncio
import sys

from headrace import flow, task


@task
async def nothing(number: int) -> None:
    return None


@flow
async def many(count: int) -> None:
    await asyncio.gather(*(nothing(number) for number in range(count)))


if __name__ == "__main__":
    asyncio.run(many(int(sys.argv[1])))
