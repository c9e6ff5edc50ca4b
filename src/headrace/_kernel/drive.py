"""The two drivers of Steps: one blocks, one awaits. A generator is advanced only in the thread or task that made it.

Steps whose items a consumer iterates over have drivers of their own (`drive_generators.py`).

Why an attempt's exception is sent in as a value and not thrown: thrown, it would collect the generator's frames in
the user's traceback, and a step that catches it would chain the next attempt's exception to it.
"""

import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, suppress
from contextvars import copy_context
from typing import Any, TypeVar

from headrace._kernel import clock, late
from headrace._kernel.steps import Attempt, Block, Effect, HandOut, Join, LoopClosed, Outcome, Pause, Steps

__all__ = [
    "caught",
    "has_running_loop",
    "outcome_of",
    "perform",
    "perform_async",
    "perform_closing",
    "run",
    "run_async",
    "run_coroutine",
    "unwrapped",
]

R = TypeVar("R")

_under_way: set[Steps[Any]] = set()
"""Held here, or the garbage collector might close the steps ahead of the coroutine that is to tell them of its end."""


def run(steps: Steps[R]) -> R:
    """Carries the steps out in this thread."""
    try:
        effect = next(steps)
        while True:
            if type(effect) is Attempt:
                try:
                    reply: Any = Outcome(effect.fn(*effect.args, **effect.kwargs))
                except BaseException as error:  # noqa: BLE001 - the step decides what it means
                    reply = caught(error)
            else:
                try:
                    reply = perform(effect)
                except BaseException as error:  # noqa: BLE001 - the step's own `finally` must act
                    effect = steps.throw(error)
                    continue
            effect = steps.send(reply)
            reply = None  # A frame that waits in a later effect must not keep a result or a traceback alive.
    except StopIteration as stop:
        reply = None  # An error's traceback leads to this frame: a cycle, if the frame led to the error.
        return stop.value


async def run_async(steps: Steps[R]) -> R:
    """Carries the steps out on the running loop.

    When the coroutine is closed (GeneratorExit, as when its loop goes away), nothing can be awaited any more: the
    steps are then driven to their end with blocking effects only, and the closing goes on.
    """
    closing: GeneratorExit | None = None
    _under_way.add(steps)
    try:
        effect = next(steps)
        while True:
            if type(effect) is Attempt and closing is None:
                try:
                    reply: Any = Outcome(await effect.fn(*effect.args, **effect.kwargs))
                except BaseException as error:  # noqa: BLE001 - see `run`
                    closing = error if isinstance(error, GeneratorExit) else None
                    reply = caught(error)
            else:
                try:
                    if closing is not None or type(effect) is Attempt:
                        reply = perform_closing(effect)
                    else:
                        reply = await perform_async(effect)
                except BaseException as error:  # noqa: BLE001 - see `run`
                    closing = error if isinstance(error, GeneratorExit) else closing
                    effect = steps.throw(error)
                    continue
            effect = steps.send(reply)
            reply = None
    except StopIteration as stop:
        reply = None
        if closing is not None:
            raise closing from None
        return stop.value
    finally:
        _under_way.discard(steps)


def caught(error: BaseException) -> Outcome:
    """The outcome of an attempt that raised, without the driver's own frame in the traceback."""
    traceback = error.__traceback__
    error.__traceback__ = traceback.tb_next if traceback is not None else None
    return Outcome(None, error)


def perform(effect: Block | Join | Pause | HandOut) -> Any:
    """Carries out what is no attempt, in this thread."""
    if type(effect) is Block:
        return effect.work()
    if type(effect) is Join:
        for each in effect.waited:
            each.wait()
        return None
    if type(effect) is Pause:
        return clock.sleep(effect.seconds)
    return effect  # Nobody iterates.


def perform_closing(effect: Effect) -> Any:
    """Carries out what can be where nothing can be awaited any more."""
    if type(effect) is Attempt:
        return Outcome(None, LoopClosed("the event loop is closing: no coroutine can run any more"))
    return perform(effect)


async def perform_async(effect: Block | Join | Pause | HandOut) -> Any:
    """Carries out what is no attempt, off the loop where it blocks.

    Where the loop runs in a thread that has a place in a pool, another job may have it meanwhile.
    """
    if type(effect) is Block or type(effect) is Join:
        if not has_running_loop():  # It is gone, and user code answered the closing with an error of its own.
            return perform(effect)
        lend: Callable[[Sequence[object]], AbstractContextManager[None]] = late.load("lend_place")
        with lend(effect.waited if type(effect) is Join else ()):
            return await (_done_apart(effect) if type(effect) is Block else _joined(effect))
    if type(effect) is Pause:
        return await clock.sleep_async(effect.seconds)
    return effect


async def _done_apart(effect: Block) -> Any:
    """Does the work in a thread of ours: for one of its own, a loop that ends would wait, and so would the process."""
    import asyncio  # 45 ms: paid only by programs that run a loop, which have paid it already.

    loop, context = asyncio.get_running_loop(), copy_context()
    ended: asyncio.Future[None] = loop.create_future()
    told: list[Outcome] = []

    def do() -> None:
        told.append(outcome_of(context.run, effect.work))
        with suppress(RuntimeError):  # The loop was closed: nobody waits any more.
            loop.call_soon_threadsafe(lambda: ended.done() or ended.set_result(None))

    start: Callable[[Callable[[], object]], None] = late.load("start_thread")
    start(do)
    await ended
    return unwrapped(told)


async def _joined(effect: Join) -> None:
    """Waits without a thread."""
    import asyncio  # See above.

    loop = asyncio.get_running_loop()
    for each in effect.waited:
        ended: asyncio.Future[None] = loop.create_future()

        def tell(_: Any, ended: "asyncio.Future[None]" = ended) -> None:
            with suppress(RuntimeError):  # The loop was closed: nobody waits any more.
                loop.call_soon_threadsafe(lambda: ended.done() or ended.set_result(None))

        each.add_done_callback(tell)
        await ended


def has_running_loop() -> bool:
    """Whether an event loop runs in this thread."""
    get_running_loop = late.imported("asyncio", "get_running_loop")
    if get_running_loop is None:
        return False
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True


def run_coroutine(
    coroutine: Coroutine[Any, Any, R], thread_name: str, *, is_apart: bool = False, is_daemon: bool = False
) -> R:
    """What a coroutine returns, awaited on a loop of its own, inside of the same run.

    Where a loop runs already, or with `is_apart`, that is in another thread, which is waited for.
    """
    import asyncio  # See perform_async.

    if not (is_apart or has_running_loop()):
        return asyncio.run(coroutine)
    told: list[Outcome] = []
    context = copy_context()
    thread = threading.Thread(
        target=lambda: told.append(outcome_of(context.run, asyncio.run, coroutine)), name=thread_name, daemon=is_daemon
    )
    thread.start()
    thread.join()
    return unwrapped(told)


def outcome_of(fn: Callable[..., Any], *args: Any) -> Outcome:
    """What a call in another thread comes to, told to whoever waits for it."""
    try:
        return Outcome(fn(*args))
    except BaseException as error:  # noqa: BLE001 - the one's who waits
        return Outcome(None, error)


def unwrapped(told: list[Outcome]) -> Any:
    """What another thread told of a call: its value; what it raised is raised here. It is kept nowhere."""
    outcome = told.pop()
    try:
        if outcome.error is not None:
            raise outcome.error
        return outcome.value
    finally:
        del outcome  # See `run`.
