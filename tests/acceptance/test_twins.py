"""The twin rule as a table: where a plain name gives a value, and where a coroutine."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable

import pytest

from headrace import flow, task
from headrace._kernel.steps import Steps, block
from headrace._kernel.twins import dispatch

Found = dict[str, str]


def body() -> Steps[int]:
    return (yield from block(lambda: 7))


def face() -> str:
    """What the plain name gives here; what it gives comes to the body's value."""
    given = dispatch(body())
    if not inspect.iscoroutine(given):
        assert given == 7
        return "value"
    given.close()
    return "coroutine"


def in_thread(work: Callable[[], str]) -> str:
    """The same in a thread that inherits the context."""
    found: list[str] = []
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: found.append(context.run(work)))
    thread.start()
    thread.join()
    return found[0]


@task
def sync_task() -> str:
    return face()


@task
async def async_task() -> str:
    return face()


@flow
def sync_flow() -> Found:
    return {"itself": face(), "sync task": sync_task(), "thread": in_thread(face)}


@flow
async def async_flow() -> Found:
    return {
        "itself": face(),
        "sync task": sync_task(),
        "async task": await async_task(),
        "sync subflow": sync_flow()["itself"],
        "thread": in_thread(face),
    }


@flow
def sync_flow_on_a_loop() -> Found:
    async def within() -> str:
        return face()

    return {"own loop": asyncio.run(within())}


async def outside() -> str:
    return face()


TABLE = [
    ("outside", face, "value"),
    ("outside, on a loop", lambda: asyncio.run(outside()), "coroutine"),
    ("outside, in a thread", lambda: in_thread(face), "value"),
    ("a sync flow", lambda: sync_flow()["itself"], "value"),
    ("a sync task", lambda: sync_flow()["sync task"], "value"),
    ("a thread of a sync flow", lambda: sync_flow()["thread"], "value"),
    ("a sync flow's own loop", lambda: sync_flow_on_a_loop()["own loop"], "value"),
    ("an async flow", lambda: asyncio.run(async_flow())["itself"], "coroutine"),
    ("a sync task of an async flow", lambda: asyncio.run(async_flow())["sync task"], "value"),
    ("an async task", lambda: asyncio.run(async_flow())["async task"], "coroutine"),
    ("a sync subflow of an async flow", lambda: asyncio.run(async_flow())["sync subflow"], "value"),
    ("a thread of an async flow", lambda: asyncio.run(async_flow())["thread"], "coroutine"),
]


@pytest.mark.parametrize(("given", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_the_innermost_run_decides_which_face_is_shown(given: Callable[[], str], expected: str) -> None:
    assert given() == expected


def test_a_coroutine_comes_to_the_same_value() -> None:
    async def awaits() -> int:
        return await dispatch(body())

    assert asyncio.run(awaits()) == 7
