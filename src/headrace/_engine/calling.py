"""Calls of what users hang on a run (hooks, conditions): plain or coroutine functions, in runs of either kind."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from headrace._kernel.current import Frame, runnable_of
from headrace._kernel.drive import has_running_loop, run_coroutine
from headrace._kernel.steps import LoopClosed, Outcome, Steps, attempt
from headrace._kernel.tracebacks import strip
from headrace._kernel.twins import call_plainly

__all__ = ["call"]


def call(fn: Callable[..., Any], args: tuple[Any, ...], frame: Frame) -> Steps[Outcome]:
    """Calls `fn`, and awaits what it returns where that can be awaited; what it raises comes back, too."""
    try:
        value = call_plainly(fn, *args)
    except BaseException as error:  # noqa: BLE001 - the caller decides what it means
        return Outcome(None, strip(error))
    if not isawaitable(value):
        return Outcome(value)
    if runnable_of(frame).isasync and has_running_loop():
        outcome = yield from attempt(_awaiting, (value,), {})
        if not isinstance(outcome.error, LoopClosed):  # Then it was not even begun.
            return outcome
    return _awaited_here(value)


async def _awaiting(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _awaited_here(awaitable: Awaitable[Any]) -> Outcome:
    """Awaits where the run has no loop: on a loop of its own; beside a loop that runs in this thread, in another."""
    try:
        return Outcome(run_coroutine(_awaiting(awaitable), "headrace-hook"))
    except BaseException as error:  # noqa: BLE001 - as above
        return Outcome(None, strip(error))
