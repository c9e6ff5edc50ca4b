"""Mistakes that users make. pyright finds each on its line, by the rule that the comment names, and no other."""

import asyncio

from headrace import flow, task


@task
def half(number: int) -> float:
    return number / 2


@task(name="Fetch")
async def fetch(page: int) -> list[str]:
    return [str(page)]


@flow
def plain(number: int, name: str = "a") -> float:
    return half(number)


@flow(name="Awaited")
async def awaited(count: int) -> int:
    half("four")  # error: reportArgumentType
    await fetch()  # error: reportCallIssue
    pages: list[int] = await fetch(1)  # error: reportAssignmentType
    return len(pages)


def outside() -> None:
    plain("four")  # error: reportArgumentType
    plain(1, nmae="b")  # error: reportCallIssue
    plain(1, 2)  # error: reportArgumentType
    asyncio.run(plain(1))  # error: reportArgumentType
    awaited(1) + 1  # error: reportOperatorIssue
    plain.name = 3  # error: reportAttributeAccessIssue
