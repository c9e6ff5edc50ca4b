"""The twin rule: a name and its `a` twin from one body of Steps, and which face a plain call shows.

    def result(self) -> R:
        return dispatch(self._result())

    async def aresult(self) -> R:
        return await run_async(self._result())

Inside a run, the plain name gives a value where the innermost run's function is sync, a coroutine where it is async:
also on a running loop, and in a thread that inherited the run's context. Outside of runs, a running loop decides. A
plain function that users hang on an async run, such as a hook, sees values: it could await nothing.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from headrace._kernel.current import Frame, innermost, runnable_of
from headrace._kernel.drive import has_running_loop, run, run_async
from headrace._kernel.steps import Steps

__all__ = ["call_plainly", "dispatch", "is_async_here"]

R = TypeVar("R")

# Within which run (or outside of all) a plain function is called that is not the run's own.
_plain_within: ContextVar[tuple[Frame | None] | None] = ContextVar("headrace_plain_within", default=None)


def is_async_here() -> bool:
    """Whether the code at hand awaits what it calls."""
    frame = innermost.get()
    if _plain_within.get() == (frame,):
        return False
    return runnable_of(frame).isasync if frame is not None else has_running_loop()


def call_plainly(fn: Callable[..., R], *args: Any) -> R:
    """Calls a function that belongs to the innermost run, and is plain though the run may be async."""
    outside = _plain_within.get()
    _plain_within.set((innermost.get(),))
    try:
        return fn(*args)
    finally:
        _plain_within.set(outside)


def dispatch(steps: Steps[R]) -> Any:
    """Carries the steps out as the caller expects: their value, or a coroutine that gives it. Sync code sees the value.

    Whoever wraps this declares the value's type, as sync users see it; async users call the `a` twin.
    """
    return run_async(steps) if is_async_here() else run(steps)
