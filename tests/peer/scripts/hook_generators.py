"""Hooks of runs that hand out items: of Running before the first one, of the end behind the last one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from prefect import flow, task


def told(runnable: Any, run: Any, state: Any) -> None:
    print(runnable.name, state.type.value)


HOOKS: Any = {"on_running": [told], "on_completion": [told], "on_failure": [told]}


@task(**HOOKS)
def items(until: int) -> Iterator[int]:
    for number in range(until):
        yield 6 // (2 - number)


@flow(**HOOKS)
def pages() -> Iterator[int]:
    yield from (1, 2)


@flow(**HOOKS)
async def awaited_pages() -> AsyncIterator[int]:
    yield 1
    yield 2


@flow(**HOOKS)
def pipeline() -> None:
    for item in items(2):
        print("item", item)
    try:
        for item in items(4):
            print("item", item)
    except ZeroDivisionError as error:
        print("raised", error)


async def main() -> None:
    async for page in awaited_pages():
        print("page", page)


if __name__ == "__main__":
    pipeline()
    for page in pages():
        print("page", page)
    asyncio.run(main())
