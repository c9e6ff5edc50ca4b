"""Coroutines awaited from sync code, and errors that come out of them."""

import asyncio
import contextvars
import threading

import pytest

from headrace.utilities.asyncutils import gather, run_coro_as_sync, sync_compatible

WHERE = contextvars.ContextVar("WHERE", default="nowhere")


async def where() -> tuple[str, bool]:
    await asyncio.sleep(0)
    return WHERE.get(), threading.current_thread() is threading.main_thread()


async def fails() -> None:
    raise ValueError("bad")


def test_a_coroutine_is_awaited_in_the_callers_context() -> None:
    token = WHERE.set("here")
    try:
        assert run_coro_as_sync(where()) == ("here", True)
        assert run_coro_as_sync(where(), force_new_thread=True) == ("here", False)
    finally:
        WHERE.reset(token)


def test_it_is_awaited_in_another_thread_where_a_loop_runs() -> None:
    async def within() -> object:
        return run_coro_as_sync(where())

    assert asyncio.run(within()) == ("nowhere", False)


@pytest.mark.parametrize("new_thread", [False, True])
def test_what_it_raises_is_raised(new_thread: bool) -> None:
    with pytest.raises(ValueError, match="bad"):
        run_coro_as_sync(fails(), force_new_thread=new_thread)


def test_nobody_waits_for_it_where_that_is_asked() -> None:
    done = threading.Event()

    async def sets() -> None:
        done.set()

    assert run_coro_as_sync(sets(), wait_for_result=False) is None
    assert done.wait(10)


def test_a_call_can_be_told_which_face_to_show() -> None:
    either = sync_compatible(where)

    async def within() -> object:
        return either(_sync=True), await either()

    assert either() == ("nowhere", True)
    assert asyncio.run(within()) == (("nowhere", False), ("nowhere", True))
    assert asyncio.run(either(_sync=False)) == ("nowhere", True)


def test_a_call_that_fails_ends_the_others() -> None:
    async def waits() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(gather(waits, fails))
    assert [str(error) for error in caught.value.exceptions] == ["bad"]
