"""Deadlines interrupt the code under them, each its own, in the main thread and in others."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from headrace._kernel.crashes import Cancelled, Expired, is_cancelled_from_without
from headrace._kernel.deadlines import Cancellation, Deadline, gate_opened, is_limited

LONG = 30.0


class Late(Exception):
    """That the time was up."""


def busy() -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        pass


def in_main_thread(work: Callable[[], Any]) -> Any:
    return work()


def in_another_thread(work: Callable[[], Any]) -> Any:
    told: list[Any] = []

    def tell() -> None:
        try:
            told.append(work())
        except BaseException as error:  # noqa: BLE001 - the test's
            told.append(error)

    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()
    if isinstance(told[0], BaseException):
        raise told[0]
    return told[0]


WHERE = pytest.mark.parametrize("where", [in_main_thread, in_another_thread])


@WHERE
def test_code_that_is_in_time_gives_what_it_gives(where: Any) -> None:
    deadline = Deadline(LONG, Late)
    assert where(lambda: deadline.call(lambda x, y: (x, y, is_limited()), (1,), {"y": 2})) == (1, 2, True)
    with pytest.raises(KeyError):
        where(lambda: deadline.call(dict[str, str]().__getitem__, ("absent",)))
    assert not is_limited()
    assert not deadline.has_passed
    assert deadline.left < LONG


@WHERE
def test_code_that_takes_too_long_is_interrupted(where: Any) -> None:
    deadline = Deadline(0.02, Late)
    began = time.monotonic()
    with pytest.raises(Late):
        where(lambda: deadline.call(busy))
    assert time.monotonic() - began < LONG / 2
    assert deadline.has_passed
    assert not is_limited()


def test_waiting_in_the_main_thread_is_interrupted() -> None:
    with pytest.raises(Late):
        Deadline(0.02, Late).call(time.sleep, (LONG,))
    with pytest.raises(Late):
        Deadline(0.02, Late).call(threading.Event().wait)


@WHERE
def test_waiting_at_a_gate_is_interrupted_in_any_thread(where: Any) -> None:
    gate = threading.Lock()
    gate.acquire()
    with pytest.raises(Late):
        where(lambda: Deadline(0.02, Late).call(gate_opened, (gate,)))
    assert where(lambda: Deadline(LONG, Late).call(gate_opened, (gate, 0.01))) is False
    gate.release()
    assert where(lambda: Deadline(LONG, Late).call(gate_opened, (gate,))) is True


@WHERE
def test_an_inner_deadline_leaves_the_outer_one_to_itself(where: Any) -> None:
    seen: list[str] = []

    def outer() -> None:
        with pytest.raises(Late):
            Deadline(0.02, Late).call(busy)
        seen.append("behind the inner one")
        busy()

    with pytest.raises(KeyError):
        where(lambda: Deadline(0.2, KeyError).call(outer))
    assert seen == ["behind the inner one"]


@WHERE
def test_the_outer_deadline_passes_through_the_inner_one(where: Any) -> None:
    seen: list[BaseException] = []

    def outer() -> None:
        try:
            Deadline(LONG, Late).call(busy)
        except BaseException as error:
            seen.append(error)
            raise

    with pytest.raises(KeyError):
        where(lambda: Deadline(0.02, KeyError).call(outer))
    assert [type(error) for error in seen] == [Expired]


@WHERE
@pytest.mark.parametrize("times", range(20))
def test_of_two_that_pass_at_once_none_is_lost(where: Any, times: int) -> None:
    with pytest.raises(KeyError):
        where(lambda: Deadline(0.01, KeyError).call(lambda: Deadline(0.01, Late).call(busy)))
    assert not is_limited()


def test_the_time_between_two_pieces_does_not_count() -> None:
    deadline, began = Deadline(LONG, Late), time.monotonic()
    for _ in range(3):
        deadline.call(time.sleep, (0.02,))
        time.sleep(0.1)
    assert 0.06 <= LONG - deadline.left <= time.monotonic() - began - 0.3


def test_code_that_ends_by_itself_too_late_was_too_late() -> None:
    def waits_outside_of_python() -> str:
        threading.Event().wait(0.1)
        return "late"

    with pytest.raises(Late):
        in_another_thread(lambda: Deadline(0.02, Late).call(waits_outside_of_python))


def test_who_is_overdue_is_told_of_while_it_blocks() -> None:
    overdue, gate = threading.Event(), threading.Lock()

    def blocked() -> None:
        assert overdue.wait(LONG)

    with pytest.raises(Late):
        in_another_thread(lambda: Deadline(0.02, Late, overdue.set).call(blocked))
    assert overdue.is_set()
    assert gate.acquire(blocking=False)


def test_a_coroutine_is_cancelled_and_what_cancels_it_otherwise_is_not_the_deadline() -> None:
    async def sleeps() -> None:
        await asyncio.sleep(LONG)

    async def times_out() -> None:
        raise TimeoutError("its own")

    with pytest.raises(Late):
        asyncio.run(Deadline(0.02, Late).await_(sleeps, (), {}))
    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(Deadline(LONG, Late).await_(times_out, (), {}))

    async def cancelled() -> None:
        running = asyncio.ensure_future(Deadline(LONG, Late).await_(sleeps, (), {}))
        await asyncio.sleep(0)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def test_the_signals_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGURG)
    Deadline(LONG, Late).call(int)
    with pytest.raises(Late):
        Deadline(0.01, Late).call(time.sleep, (LONG,))
    assert signal.getsignal(signal.SIGURG) is before


# --- cancellations


def cancelling_soon(cancellation: Cancellation) -> threading.Timer:
    timer = threading.Timer(0.05, cancellation.cancel, ("enough",))
    timer.start()
    return timer


@WHERE
def test_code_that_is_cancelled_ends_as_such(where: Any) -> None:
    cancellation = Cancellation()
    cancelling_soon(cancellation)
    with pytest.raises(Cancelled):
        where(lambda: cancellation.call(busy))
    assert cancellation.has_passed
    assert cancellation.message == "enough"


@WHERE
def test_what_begins_after_a_cancellation_is_cancelled_before_it_does_anything(where: Any) -> None:
    cancellation, done = Cancellation(), list[int]()
    cancellation.cancel(None)
    with pytest.raises(Cancelled):
        where(lambda: cancellation.call(done.append, (1,)))
    assert done == []
    cancellation.unless_cancelled(lambda: done.append(2))
    assert done == [2]


@WHERE
def test_code_around_the_cancelled_goes_on(where: Any) -> None:
    inner, outer = Cancellation(), Cancellation()

    def code() -> str:
        cancelling_soon(inner)
        with pytest.raises(Cancelled):
            inner.call(busy)
        return "went on"

    assert where(lambda: outer.call(code)) == "went on"


@WHERE
def test_a_deadline_within_a_cancellation_is_its_own(where: Any) -> None:
    cancellation = Cancellation()
    with pytest.raises(Late):
        where(lambda: cancellation.call(Deadline(0.05, Late).call, (busy,)))
    assert not cancellation.has_passed


async def waits_long() -> None:
    await asyncio.sleep(LONG)


def test_a_coroutine_is_cancelled_and_its_task_goes_on() -> None:
    async def main() -> int:
        cancellation = Cancellation()
        cancelling_soon(cancellation)
        with pytest.raises(Cancelled):
            await cancellation.await_(waits_long, (), {})
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(main()) == 0


def test_a_task_that_its_program_cancels_is_not_cancelled_from_without() -> None:
    async def main() -> None:
        cancellation = Cancellation()
        task = asyncio.ensure_future(cancellation.await_(waits_long, (), {}))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert not is_cancelled_from_without(raised.value)

    asyncio.run(main())


def test_children_of_a_cancelled_coroutine_know_why() -> None:
    raised: list[BaseException] = []

    async def child() -> None:
        try:
            await waits_long()
        except asyncio.CancelledError as error:
            raised.append(error)
            raise

    async def main() -> None:
        cancellation = Cancellation()
        cancelling_soon(cancellation)

        async def both() -> None:
            await asyncio.gather(child(), child())

        with pytest.raises(Cancelled):
            await cancellation.await_(both, (), {})

    asyncio.run(main())
    assert [is_cancelled_from_without(error) for error in raised] == [True, True]
