"""Synchronous flows and tasks inside asynchronous ones, three levels deep."""

import asyncio

from prefect import flow, task


@task
def square(number: int) -> int:
    return number * number


@task
async def negate(number: int) -> int:
    return -number


@flow
def inner(number: int) -> int:
    return square(number) + 1


@flow
async def middle(number: int) -> int:
    return await negate(inner(number)) + square(2)


@flow
async def outer() -> list[int]:
    return [await middle(3), inner(4), *await asyncio.gather(middle(5), middle(6))]


if __name__ == "__main__":
    print(asyncio.run(outer()))
