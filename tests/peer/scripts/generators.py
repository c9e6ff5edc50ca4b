"""Generators as flows and tasks: exhausted, and failed."""

import asyncio

from prefect import flow, task


@task
def pages(count: int):
    for number in range(count):
        yield [number, number]


@task
def broken(count: int):
    yield [count]
    raise KeyError("no such page")


@flow
def numbers(upto: int):
    yield from range(upto)


@flow
def failing(word: str):
    yield word
    raise ValueError(word)


@flow
async def ticks(count: int):
    for number in range(count):
        await asyncio.sleep(0)
        yield number


@flow
def read() -> int:
    read = list(pages(3))
    try:
        for page in broken(1):
            print(page)
    except KeyError as error:
        print("failed", error)
    return len(read)


async def listen() -> list[int]:
    return [tick async for tick in ticks(2)]


if __name__ == "__main__":
    print(read())
    print(list(numbers(3)))
    try:
        print(list(failing("stop")))
    except ValueError as error:
        print("failed", error)
    print(asyncio.run(listen()))
