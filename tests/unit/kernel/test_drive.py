"""The two drivers carry the same steps out, and hand back what a call came to."""

import asyncio
import gc
import threading
import traceback
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from headrace._kernel import drive
from headrace._kernel.pool import Job, Pool
from headrace._kernel.steps import Outcome, Steps, attempt, block, iterate, join


def add(a: int, b: int = 1) -> int:
    return a + b


def fail() -> None:
    raise ValueError("no such thing")


def as_coroutine_function(fn: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return call


def run_both(steps: Callable[[Callable[[Callable[..., Any]], Callable[..., Any]]], Steps[Any]]) -> tuple[Any, Any]:
    """What the steps come to under each driver; `steps` is given what turns a function into that face's kind."""
    return (
        drive.run(steps(lambda fn: fn)),
        asyncio.run(drive.run_async(steps(as_coroutine_function))),
    )


def test_an_attempt_comes_back_as_a_value_or_as_an_error() -> None:
    def steps(face: Any) -> Steps[tuple[Outcome, Outcome]]:
        good = yield from attempt(face(add), (1,), {"b": 2})
        bad = yield from attempt(face(fail), (), {})
        return good, bad

    for good, bad in run_both(steps):
        assert good == Outcome(3, None)
        assert isinstance(bad.error, ValueError)
        assert bad.value is None


def test_an_attempts_traceback_begins_with_the_users_own_frame() -> None:
    def steps(face: Any) -> Steps[Outcome]:
        return (yield from attempt(fail, (), {}))

    error = drive.run(steps(None)).error
    assert error is not None
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == ["fail"]


def test_what_blocking_work_raises_is_raised_in_the_step() -> None:
    def steps(face: Any) -> Steps[str]:
        try:
            yield from block(fail)
        except ValueError as error:
            return f"caught {error}"
        return "nothing was raised"

    assert run_both(steps) == ("caught no such thing", "caught no such thing")


def test_an_error_that_no_step_catches_reaches_the_caller() -> None:
    def steps(face: Any) -> Steps[None]:
        yield from block(fail)

    with pytest.raises(ValueError, match="no such thing"):
        drive.run(steps(None))
    with pytest.raises(ValueError, match="no such thing"):
        asyncio.run(drive.run_async(steps(None)))


def test_a_later_attempt_is_not_chained_to_an_earlier_one() -> None:
    def steps(face: Any) -> Steps[Outcome]:
        yield from attempt(face(fail), (), {})
        return (yield from attempt(face(fail), (), {}))

    for second in run_both(steps):
        assert second.error.__context__ is None


def test_blocking_work_leaves_the_loop_free() -> None:
    async def main() -> list[str]:
        seen: list[str] = []
        released = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work() -> None:
            asyncio.run_coroutine_threadsafe(release(), loop).result(timeout=30)

        async def release() -> None:
            seen.append("the loop ran on")
            released.set()

        def steps() -> Steps[None]:
            yield from block(work)

        await drive.run_async(steps())
        assert released.is_set()
        return seen

    assert asyncio.run(main()) == ["the loop ran on"]


def test_a_cancelled_attempt_comes_back_as_an_error_and_later_steps_still_run() -> None:
    done: list[str] = []

    async def main() -> None:
        started = asyncio.Event()

        async def forever() -> None:
            started.set()
            await asyncio.Event().wait()

        def steps() -> Steps[BaseException | None]:
            outcome = yield from attempt(forever, (), {})
            yield from block(lambda: done.append("reported"))
            return outcome.error

        running = asyncio.ensure_future(drive.run_async(steps()))
        await started.wait()
        running.cancel()
        error = await running
        assert isinstance(error, asyncio.CancelledError)

    asyncio.run(main())
    assert done == ["reported"]


def test_a_closed_coroutine_ends_its_steps_with_blocking_effects_alone() -> None:
    done: list[str] = []

    async def forever() -> None:
        await asyncio.Event().wait()

    async def hook() -> None:
        done.append("a coroutine ran after its loop was closed")

    def steps() -> Steps[str]:
        outcome = yield from attempt(forever, (), {})
        yield from block(lambda: done.append(f"reported {type(outcome.error).__name__}"))
        refused = yield from attempt(hook, (), {})
        done.append(f"hook: {refused.error}")
        return "ended"

    coroutine = drive.run_async(steps())

    async def main() -> None:
        coroutine.send(None)

    asyncio.run(main())
    coroutine.close()
    assert done == ["reported GeneratorExit", "hook: the event loop is closing: no coroutine can run any more"]


def test_nothing_is_kept_alive_by_an_attempt_that_failed() -> None:
    class Argument:
        pass

    def fail_with(argument: Argument) -> None:
        raise ValueError("no such thing")

    def steps(argument: Argument) -> Steps[None]:
        outcome = yield from attempt(fail_with, (argument,), {})
        assert outcome.error is not None

    argument = Argument()
    gone = weakref.ref(argument)
    gc.disable()
    try:
        drive.run(steps(argument))
        del argument
        assert gone() is None
    finally:
        gc.enable()


def test_without_a_consumer_a_generator_comes_to_the_list_of_its_items() -> None:
    seen: list[int] = []

    def count() -> Any:
        yield 1
        yield 2

    async def count_async() -> Any:
        yield 1
        yield 2

    assert drive.run(iterate(count, (), {}, seen.append)) == Outcome([1, 2])
    assert asyncio.run(drive.run_async(iterate(count_async, (), {}, seen.append))) == Outcome([1, 2])
    assert seen == [1, 2, 1, 2]


class Gate:
    """Work of others, which ends when the test says so."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.callbacks: list[Callable[[Any], None]] = []

    def wait(self) -> object:
        return self.opened.wait(20)

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        self.callbacks.append(fn)

    def open(self) -> None:
        self.opened.set()
        for fn in self.callbacks:
            fn(self)


def test_what_others_do_is_waited_for_in_both_faces() -> None:
    def steps(gates: list[Gate]) -> Steps[str]:
        yield from join(gates)
        return "joined"

    gates = [Gate(), Gate()]
    for gate in gates:
        threading.Thread(target=gate.open).start()
    assert drive.run(steps(gates)) == "joined"

    async def together() -> list[str]:
        waited = [Gate() for _ in range(50)]  # More than a loop has threads.
        runs = [asyncio.create_task(drive.run_async(steps([gate]))) for gate in waited]
        await asyncio.sleep(0)
        for gate in waited:
            gate.open()
        return await asyncio.gather(*runs)

    assert asyncio.run(together()) == ["joined"] * 50


def test_work_that_ends_after_its_loop_was_closed_tells_nobody() -> None:
    gate = Gate()

    async def given_up() -> None:
        def steps() -> Steps[None]:
            yield from join([gate])

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(drive.run_async(steps()), 0.001)

    asyncio.run(given_up())
    gate.open()


def test_a_coroutine_that_waits_lends_the_place_of_its_thread() -> None:
    pool = Pool(1)

    class Call(Job):
        def __init__(self, fn: Callable[[], Any]) -> None:
            super().__init__(pool)
            self.fn = fn

        def perform(self) -> None:
            self.fn()

        def dismiss(self) -> None: ...

        def wait(self) -> object:
            return self.join()

        def add_done_callback(self, fn: Callable[[Any], None]) -> None:
            self.call_back(lambda: fn(self))

    done: list[int] = []

    def waits(number: int) -> Steps[None]:
        child = Call(lambda: done.append(number))
        pool.add(child)
        yield from join([child])
        yield from block(lambda: done.append(number))

    async def several() -> None:
        await asyncio.gather(*(drive.run_async(waits(number)) for number in range(3)))

    parent = Call(lambda: asyncio.run(several()))
    pool.add(parent)
    assert parent.join(20)
    assert sorted(done) == [0, 0, 1, 1, 2, 2]
    pool.settle()
    assert pool.vacancies == 1
