"""Between functions and coroutines: which is which, and calling either from either."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from headrace._kernel.drive import run_coroutine
from headrace._kernel.twins import is_async_here

__all__ = [
    "asyncnullcontext",
    "gather",
    "is_async_fn",
    "is_async_gen_fn",
    "run_coro_as_sync",
    "run_sync_in_worker_thread",
    "sync_compatible",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_THREAD: Final = "headrace-coroutine"


def is_async_fn(func: Callable[..., Any]) -> bool:
    """Whether this is a coroutine function, or wraps one."""
    return inspect.iscoroutinefunction(inspect.unwrap(func))


def is_async_gen_fn(func: Callable[..., Any]) -> bool:
    """Whether this is an async generator function, or wraps one."""
    return inspect.isasyncgenfunction(inspect.unwrap(func))


@asynccontextmanager
async def asyncnullcontext(value: R | None = None, *args: Any, **kwargs: Any) -> AsyncGenerator[R | None]:
    """`contextlib.nullcontext` for `async with`; further arguments count for nothing."""
    yield value


async def gather(*calls: Callable[[], Coroutine[Any, Any, T]]) -> list[T]:
    """What these calls return, made at once; the first that fails cancels the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call()) for call in calls]
    return [task.result() for task in tasks]


async def run_sync_in_worker_thread(__fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What a function that blocks returns, called off the loop, inside of the same run."""
    return await asyncio.to_thread(__fn, *args, **kwargs)


def run_coro_as_sync(
    coroutine: Coroutine[Any, Any, R], *, force_new_thread: bool = False, wait_for_result: bool = True
) -> R | None:
    """What a coroutine returns, awaited here on a loop of its own, inside of the same run.

    Where a loop runs already, or with `force_new_thread`, that is in another thread; without `wait_for_result` nobody
    waits for it, and None is returned.
    """
    if wait_for_result:
        return run_coroutine(coroutine, _THREAD, is_apart=force_new_thread, is_daemon=True)
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_run_unheard, coroutine), name=_THREAD, daemon=True).start()
    return None


def _run_unheard(coroutine: Coroutine[Any, Any, Any]) -> None:
    with suppress(BaseException):  # Nobody waits for it.
        asyncio.run(coroutine)


def sync_compatible(async_fn: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Any]:
    """A coroutine function that can be called from everywhere: sync code gets the value, async code the coroutine.

    Inside a run, its function decides which; outside of runs, a running loop. `_sync=True` and `_sync=False` decide
    otherwise; `.aio` is the coroutine function itself.
    """

    @wraps(async_fn)
    def either(*args: Any, _sync: bool | None = None, **kwargs: Any) -> Any:
        coroutine = async_fn(*args, **kwargs)
        is_awaited = is_async_here() if _sync is None else not _sync
        return coroutine if is_awaited else run_coro_as_sync(coroutine)

    setattr(either, "aio", async_fn)  # noqa: B010 - no declared attribute of a function
    return either
