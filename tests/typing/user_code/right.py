"""Code as users write it, with the types that they expect. pyright reads it; nothing runs it."""

import asyncio
from typing import Any, NoReturn, assert_type

from headrace import flow, task
from headrace.client.orchestration import get_client
from headrace.states import State


@task
def half(number: int) -> float:
    return number / 2


@task(name="Quarter", tags={"math"})
def quarter(number: int, *, rounded: bool = False) -> float:
    return round(number / 4) if rounded else number / 4


@task
async def fetch(page: int) -> list[str]:
    return [str(page)]


@task(name="Fetch all")
async def fetch_all(*pages: int, limit: int | None = None) -> dict[int, list[str]]:
    return {page: await fetch(page) for page in pages[:limit]}


@task
def give_up() -> NoReturn:
    raise RuntimeError


@task
def unannotated(a, b=2):
    print(a)
    return b


@flow
def plain(number: int = 4) -> float:
    assert_type(half(number), float)
    assert_type(quarter(number, rounded=True), float)
    assert_type(half(number, return_state=True), State[float])
    assert_type(quarter(number, return_state=True), State[float])
    assert_type(unannotated(1, b=3), int)
    return half(number)


@flow(name="Awaited", validate_parameters=False)
async def awaited(count: int) -> list[str]:
    assert_type(await fetch(1), list[str])
    assert_type(await fetch_all(1, 2, limit=1), dict[int, list[str]])
    assert_type(await fetch(1, return_state=True), State[list[str]])
    both = await asyncio.gather(fetch(1), fetch_all(2))
    assert_type(both, tuple[list[str], dict[int, list[str]]])
    many = await asyncio.gather(*(fetch(page) for page in range(count)))
    assert_type(many, list[list[str]])
    assert_type(half(2), float)
    return many[0]


@flow
def untold(a, b=1.5):
    return b


def outside() -> None:
    assert_type(plain(), float)
    assert_type(plain(3, return_state=True), State[float])
    assert_type(asyncio.run(awaited(2)), list[str])
    assert_type(untold(1), float)


async def outside_a_flow() -> None:
    assert_type(await awaited(3), list[str])
    assert_type(await awaited(3, return_state=True), State[list[str]])


def states(state: State[float]) -> None:
    assert_type(state.is_completed(), bool)
    assert_type(state.name, str | None)
    assert_type(state.result(), float)


def client_of_both_faces() -> None:
    with get_client(sync_client=True) as client:
        assert_type([run.name for run in client.read_flow_runs()], list[str])


async def client_of_both_faces_async() -> None:
    async with get_client() as client:
        assert_type([run.name for run in await client.read_flow_runs()], list[str])


def ends() -> Any:
    give_up()
