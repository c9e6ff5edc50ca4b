"""Generators that log their prints, as flows and as tasks, of both kinds."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from prefect import flow, task


@task(log_prints=True)
def numbers() -> Iterator[int]:
    print("first number")
    yield 1
    print("second number")
    yield 2


@task
def squares() -> Iterator[int]:
    print("a square")
    yield 4


@flow(log_prints=True)
def generator() -> Iterator[int]:
    print("begins")
    yield sum(squares())
    print("ends")


@flow
def consumer() -> int:
    return sum(numbers()) + sum(squares())


@flow(log_prints=True)
async def asynchronous() -> AsyncIterator[int]:
    print("begins")
    yield 1
    print("ends")


async def consume() -> list[int]:
    return [item async for item in asynchronous()]


if __name__ == "__main__":
    print(list(generator()), consumer(), asyncio.run(consume()))
