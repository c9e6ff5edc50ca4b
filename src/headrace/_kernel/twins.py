"""The twin rule: a name and its `a` twin from one body of Steps, and which face a plain call shows.

    def result(self) -> R:
        return dispatch(self._result())

    async def aresult(self) -> R:
        return await run_async(self._result())

Inside a run, the plain name gives a value where the innermost run's function is sync, a coroutine where it is async:
also on a running loop, and in a thread that inherited the run's context. Outside of runs, a running loop decides.
"""

from typing import Any, TypeVar

from headrace._kernel.current import innermost, runnable_of
from headrace._kernel.drive import has_running_loop, run, run_async
from headrace._kernel.steps import Steps

__all__ = ["dispatch", "is_async_here"]

R = TypeVar("R")


def is_async_here() -> bool:
    """Whether the code at hand awaits what it calls."""
    frame = innermost.get()
    return runnable_of(frame).isasync if frame is not None else has_running_loop()


def dispatch(steps: Steps[R]) -> Any:
    """Carries the steps out as the caller expects: their value, or a coroutine that gives it. Sync code sees the value.

    Whoever wraps this declares the value's type, as sync users see it; async users call the `a` twin.
    """
    return run_async(steps) if is_async_here() else run(steps)
