"""The drivers of Steps whose items a consumer iterates over: one is a generator, one an async generator.

Between two items the code at hand is the consumer's: it sees the run that it belongs to, and not the one that it
iterates over. Steps that nobody went on with are closed at the end of the process, if not before.
"""

import atexit
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from typing import Any, TypeVar

from headrace._kernel.current import innermost
from headrace._kernel.drive import caught, perform, perform_async, perform_closing
from headrace._kernel.steps import Attempt, Effect, HandOut, Outcome, Steps

__all__ = ["run_async_generator", "run_generator"]

R = TypeVar("R")

_suspended: dict[Steps[Any], Callable[[Effect], Any]] = {}
"""Steps that wait for their consumer, and what carries them out without one."""


def run_generator(steps: Steps[R], finish: Callable[[R], Any]) -> Generator[Any, Any, Any]:
    """Carries the steps out as it is iterated over; `finish` makes of their result what is returned or raised."""
    __tracebackhide__ = True
    outside = innermost.get()
    is_closing = False
    try:
        effect = next(steps)
        while True:
            try:
                if type(effect) is HandOut and not is_closing:
                    inside = innermost.get()
                    innermost.set(outside)
                    _suspended[steps] = _answer
                    try:
                        reply: Any = Outcome((yield effect.take()))
                    except BaseException as error:  # noqa: BLE001 - the user's generator decides what it means
                        is_closing = isinstance(error, GeneratorExit)
                        reply = Outcome(None, error)
                    if _suspended.pop(steps, None) is None:
                        return None  # The process ends, and the run was ended with it.
                    outside = innermost.get()
                    innermost.set(inside)
                else:
                    reply = _answer(effect)
            except BaseException as error:  # noqa: BLE001 - see `drive.run`
                effect = steps.throw(error)
                continue
            effect = steps.send(reply)
            reply = None
    except StopIteration as stop:
        reply = None
        ended = stop.value
    finally:
        innermost.set(outside)
    return finish(ended)


async def run_async_generator(steps: Steps[R], finish: Callable[[R], Any]) -> AsyncGenerator[Any, Any]:
    """The same for an async generator, which returns nothing.

    Where nothing can be awaited any more, the steps are driven to their end with blocking effects only.
    """
    __tracebackhide__ = True
    outside = innermost.get()
    closing: GeneratorExit | None = None
    is_loop_closed = False
    try:
        effect = next(steps)
        while True:
            try:
                if type(effect) is HandOut and closing is None:
                    inside = innermost.get()
                    innermost.set(outside)
                    _suspended[steps] = perform_closing
                    try:
                        reply: Any = Outcome((yield effect.take()))
                    except BaseException as error:  # noqa: BLE001 - see above
                        closing = error if isinstance(error, GeneratorExit) else None
                        reply = Outcome(None, error)
                    if _suspended.pop(steps, None) is None:
                        raise reply.error or GeneratorExit
                    outside = innermost.get()
                    innermost.set(inside)
                elif is_loop_closed:
                    reply = perform_closing(effect)
                elif type(effect) is Attempt:
                    reply = await _attempted(effect)
                    is_loop_closed = isinstance(reply.error, GeneratorExit)
                else:
                    reply = await perform_async(effect)
            except BaseException as error:  # noqa: BLE001 - see `drive.run_async`
                is_loop_closed = is_loop_closed or isinstance(error, GeneratorExit)
                effect = steps.throw(error)
                continue
            effect = steps.send(reply)
            reply = None
    except StopIteration as stop:
        reply = None
        ended = stop.value
    finally:
        innermost.set(outside)
    finish(ended)
    if closing is not None:
        raise closing


def _answer(effect: Effect) -> Any:
    """What an effect comes to in this thread."""
    if type(effect) is not Attempt:
        return perform(effect)
    try:
        return Outcome(effect.fn(*effect.args, **effect.kwargs))
    except BaseException as error:  # noqa: BLE001 - the step decides what it means
        return caught(error)


async def _attempted(effect: Attempt) -> Outcome:
    try:
        return Outcome(await effect.fn(*effect.args, **effect.kwargs))
    except BaseException as error:  # noqa: BLE001 - the step decides what it means
        return caught(error)


@atexit.register
def _close_suspended() -> None:
    """Ends what still waits for its consumer, as collecting its generator would, while there is a journal to tell."""
    while _suspended:
        steps, answer = _suspended.popitem()
        reply: Any = Outcome(None, GeneratorExit())
        with suppress(BaseException):
            while True:
                reply = answer(steps.send(reply))
