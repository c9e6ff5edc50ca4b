"""Mistakes that users make. pyright finds each on its line, by the rule that is ignored there, and no other."""

import asyncio
from typing import NoReturn

from headrace import flow, task


@task
def half(number: int) -> float:
    return number / 2


@task(name="Fetch")
async def fetch(page: int) -> list[str]:
    return [str(page)]


@task
def give_up() -> NoReturn:
    raise RuntimeError


@flow
def plain(number: int, name: str = "a") -> float:
    return half(number)


@flow(name="Awaited")
async def awaited(count: int) -> int:
    half("four")  # pyright: ignore[reportArgumentType]
    await fetch()  # pyright: ignore[reportCallIssue]
    pages: list[int] = await fetch(1)  # pyright: ignore[reportAssignmentType]
    return len(pages)


def calls() -> None:
    plain("four")  # pyright: ignore[reportArgumentType]
    plain(1, nmae="b")  # pyright: ignore[reportCallIssue]
    plain(1, 2)  # pyright: ignore[reportArgumentType]
    plain(1, return_state="yes")  # pyright: ignore[reportCallIssue, reportArgumentType]
    plain(1, wait_for=3)  # pyright: ignore[reportArgumentType]
    asyncio.run(plain(1))  # pyright: ignore[reportArgumentType]
    awaited(1) + 1  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    plain.name = 3  # pyright: ignore[reportAttributeAccessIssue]
    half.fn("four")  # pyright: ignore[reportArgumentType]
    half.with_options(name="Other")("four")  # pyright: ignore[reportArgumentType]


def behind_the_end() -> str:
    give_up()  # what stands behind it is never reached, and this function need not return


async def not_awaited() -> None:
    fetch(1)  # pyright: ignore[reportUnusedCoroutine]


def options() -> None:
    task(retries="3")  # pyright: ignore[reportArgumentType]
    task(retries=1.5)  # pyright: ignore[reportArgumentType]
    task(retry_delay_seconds="soon")  # pyright: ignore[reportArgumentType]
    task(retry_delay_seconds=["a"])  # pyright: ignore[reportArgumentType]
    task(retry_jitter_factor="much")  # pyright: ignore[reportArgumentType]
    task(retry_condition_fn=True)  # pyright: ignore[reportArgumentType]
    task(retrys=3)  # pyright: ignore[reportCallIssue]
    task(tags=3)  # pyright: ignore[reportArgumentType]
    flow(retries="3")  # pyright: ignore[reportArgumentType]
    flow(retry_delay_seconds="soon")  # pyright: ignore[reportArgumentType]
    flow(retry_jitter_factor=0.5)  # pyright: ignore[reportCallIssue]
    flow(validate_parameters="no")  # pyright: ignore[reportArgumentType]
    half.with_options(retries="3")  # pyright: ignore[reportArgumentType]
    half.with_options(retrys=3)  # pyright: ignore[reportCallIssue]
    plain.with_options(flow_run_name=3)  # pyright: ignore[reportArgumentType]
    task(half.fn, retries="3")  # pyright: ignore[reportCallIssue, reportArgumentType]
