"""Every form of function as a flow and as a task, plain and with options, called and asked for its state."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any, NoReturn, assert_type

from headrace import flow, task
from headrace.states import State


@task
def plain_task(number: int) -> str:
    return str(number)


@task(name="Plain", retries=2)
def plain_task_with_options(number: int, *, short: bool = False) -> str:
    return str(number) if short else f"{number:04}"


@task
async def async_task(number: int) -> str:
    return str(number)


@task(tags=["slow"])
async def async_task_with_options(number: int, /, *more: int, **named: str) -> str:
    return f"{number}{more}{named}"


@task
def generator_task(count: int) -> Generator[int, str, bool]:
    sent = yield count
    return sent == "enough"


@task(name="Lines")
def iterator_task(count: int) -> Iterator[str]:
    yield str(count)


@task
async def async_generator_task(count: int) -> AsyncGenerator[int, str]:
    yield count


@task(name="Pages")
async def async_iterator_task(count: int) -> AsyncIterator[bytes]:
    yield bytes(count)


@flow
def generator_flow(count: int) -> Generator[int, None, str]:
    yield from generator_items(count)
    return "done"


@task
def generator_items(count: int) -> Generator[int, None, None]:
    yield from range(count)


@flow(name="Pages", validate_parameters=False)
async def async_generator_flow(count: int) -> AsyncIterator[int]:
    async for item in async_generator_task(count):
        assert_type(item, int)
        yield item


@task
def no_value() -> None: ...


@task
def gives_up(reason: str) -> NoReturn:
    raise RuntimeError(reason)


@flow
async def gives_up_async(reason: str) -> NoReturn:
    raise RuntimeError(reason)


@flow
def sync_flow(number: int = 4) -> dict[str, float]:
    assert_type(plain_task(number), str)
    assert_type(plain_task(number=number), str)
    assert_type(plain_task_with_options(number, short=True), str)
    assert_type(no_value(), None)
    return {"a": number / 2}


@flow(flow_run_name="Of {number}", retries=3, retry_delay_seconds=[1, 2.5])
async def async_flow(number: int = 4) -> list[str]:
    assert_type(await async_task(number), str)
    assert_type(await async_task_with_options(1, 2, 3, first="a"), str)
    assert_type(sync_flow(2), dict[str, float])
    both = await asyncio.gather(async_task(1), async_flow(2))
    assert_type(both, tuple[str, list[str]])
    return [both[0]]


def called() -> None:
    assert_type(sync_flow(), dict[str, float])
    assert_type(sync_flow(number=3), dict[str, float])
    assert_type(asyncio.run(async_flow(2)), list[str])


def asked_for_states() -> None:
    assert_type(plain_task(1, return_state=True), State[str])
    assert_type(plain_task_with_options(1, short=True, return_state=True), State[str])
    assert_type(sync_flow(return_state=True), State[dict[str, float]])
    assert_type(no_value(return_state=True), State[None])
    assert_type(sync_flow(3, return_state=True).result(), dict[str, float])


async def asked_for_states_async() -> None:
    assert_type(await async_task(1, return_state=True), State[str])
    assert_type(await async_task_with_options(1, 2, return_state=True), State[str])
    assert_type(await async_flow(return_state=True), State[list[str]])
    assert_type(await (await async_flow(return_state=True)).aresult(), list[str])


def results(state: State[float]) -> None:
    assert_type(state.result(), float)
    assert_type(state.result(raise_on_failure=True), float)
    assert_type(state.result(raise_on_failure=False), float | BaseException)


def waited_for() -> None:
    first = plain_task(1)
    assert_type(plain_task(2, wait_for=[first]), str)
    assert_type(plain_task(2, wait_for=[first], return_state=True), State[str])


def iterated() -> None:
    assert_type(generator_task(3), Generator[int, str, bool])
    assert_type(generator_task(3).send("enough"), int)
    assert_type(list(iterator_task(3)), list[str])
    assert_type(list(generator_flow(3)), list[int])


def delegated() -> Generator[int, None, str]:
    told = yield from generator_flow(3)
    assert_type(told, str)
    return told


async def iterated_async() -> None:
    assert_type(async_generator_task(3), AsyncGenerator[int, str])
    assert_type([page async for page in async_iterator_task(3)], list[bytes])
    assert_type([item async for item in async_generator_flow(3)], list[int])


def ends() -> str:
    gives_up("no way on")


async def ends_async() -> str:
    """That an awaited call never returns, a checker sees of plain functions alone: its value serves as what ends it."""
    return await gives_up_async("no way on")


def states_of_what_ends() -> None:
    assert_type(gives_up("no way on", return_state=True), State[Any])


async def states_of_what_ends_async() -> None:
    assert_type(await gives_up_async("no way on", return_state=True), State[NoReturn])


def undecorated() -> None:
    assert_type(plain_task.fn(1), str)
    assert_type(sync_flow.fn(number=1), dict[str, float])
    assert_type(next(generator_task.fn(1)), int)


async def undecorated_async() -> None:
    assert_type(await async_task.fn(1), str)
    assert_type(await async_flow.fn(), list[str])
    assert_type([item async for item in async_generator_flow.fn(1)], list[int])


def copied() -> None:
    assert_type(plain_task.with_options(name="Other", retries=1)(1), str)
    assert_type(plain_task.with_options(tags={"a"})(1, return_state=True), State[str])
    assert_type(sync_flow.with_options(version="2", validate_parameters=False)(2), dict[str, float])
    assert_type(list(generator_flow.with_options(name="Other")(2)), list[int])


async def copied_async() -> None:
    assert_type(await async_task.with_options(task_run_name="{number}")(1), str)
    assert_type(await async_flow.with_options(retries=1)(return_state=True), State[list[str]])


def parameters_of_flows() -> None:
    assert_type(sync_flow.validate_parameters({"number": "4"}), dict[str, Any])
    assert_type(sync_flow.serialize_parameters({"number": 4}), dict[str, Any])
