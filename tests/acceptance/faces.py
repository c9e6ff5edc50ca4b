"""The two faces of flows and tasks: one body, run as plain functions and as coroutine functions.

In the body of a flow, `yield` stands where `await` would: `total = yield add(1, 2)`. Run as a plain function, the call
has happened already and `yield` hands its value back; run as a coroutine function, `yield` awaits it.
"""

import asyncio
from collections.abc import Callable
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, Protocol

from headrace import flow, task

__all__ = ["FACES", "AsyncFace", "Face", "SyncFace"]

Function = Callable[..., Any]


class Face(Protocol):
    """How flows and tasks are made of bodies, and how they are run from a test."""

    def flow(self, body: Function | None = None, **options: Any) -> Any: ...
    def task(self, body: Function | None = None, **options: Any) -> Any: ...
    def run(self, runnable: Function, *args: Any, **kwargs: Any) -> Any: ...


class _Decorators:
    """`flow` and `task`, with or without options, over functions of one kind."""

    def __init__(self, function_of: Callable[[Function], Function]) -> None:
        self._function_of = function_of

    def flow(self, body: Function | None = None, **options: Any) -> Any:
        """A flow of this body."""
        return self._decorated(flow, body, options)

    def task(self, body: Function | None = None, **options: Any) -> Any:
        """A task of this body."""
        return self._decorated(task, body, options)

    def _decorated(self, decorate: Function, body: Function | None, options: dict[str, Any]) -> Any:
        if body is None:
            return lambda body: decorate(**options)(self._function_of(body))
        return decorate(self._function_of(body))


class SyncFace(_Decorators):
    """Plain functions."""

    def __init__(self) -> None:
        super().__init__(_plain)

    def run(self, runnable: Function, *args: Any, **kwargs: Any) -> Any:
        """Calls it."""
        return runnable(*args, **kwargs)


class AsyncFace(_Decorators):
    """Coroutine functions."""

    def __init__(self) -> None:
        super().__init__(_coroutine)

    def run(self, runnable: Function, *args: Any, **kwargs: Any) -> Any:
        """Calls it on a loop of its own."""
        return asyncio.run(runnable(*args, **kwargs))


FACES: dict[str, type[Face]] = {"sync": SyncFace, "async": AsyncFace}


def _plain(body: Function) -> Function:
    if not isgeneratorfunction(body):
        return body

    @wraps(body)
    def function(*args: Any, **kwargs: Any) -> Any:
        steps = body(*args, **kwargs)
        try:
            value = next(steps)
            while True:
                value = steps.send(value)
        except StopIteration as stop:
            return stop.value

    return function


def _coroutine(body: Function) -> Function:
    if not isgeneratorfunction(body):

        @wraps(body)
        async def simple(*args: Any, **kwargs: Any) -> Any:
            return body(*args, **kwargs)

        return simple

    @wraps(body)
    async def function(*args: Any, **kwargs: Any) -> Any:
        steps = body(*args, **kwargs)
        try:
            awaitable = next(steps)
            while True:
                try:
                    value = await awaitable
                except BaseException as error:  # noqa: BLE001 - the body decides what it means
                    awaitable = steps.throw(error)
                else:
                    awaitable = steps.send(value)
        except StopIteration as stop:
            return stop.value

    return function
