"""The two faces of generators: one body, as a generator function and as an async generator function."""

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["GENERATORS", "AsyncGenerators", "Generators"]

Function = Callable[..., Any]


class Generators:
    """Generator functions, and what a consumer does with what they give."""

    ended: type[Exception] = StopIteration

    def made_of(self, body: Function) -> Function:
        """The body as a function of this kind."""
        return body

    def next(self, generator: Any) -> Any:
        """The next item."""
        return next(generator)

    def send(self, generator: Any, value: Any) -> Any:
        """The next item, for what is sent."""
        return generator.send(value)

    def throw(self, generator: Any, error: BaseException) -> Any:
        """The next item, for what is thrown."""
        return generator.throw(error)

    def close(self, generator: Any) -> None:
        """Asks for no more."""
        generator.close()

    def all(self, generator: Any) -> list[Any]:
        """The items that are left."""
        return list(generator)

    def end(self) -> None:
        """Nothing is left to do."""


class AsyncGenerators(Generators):
    """Async generator functions, on one loop."""

    ended = StopAsyncIteration

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def made_of(self, body: Function) -> Function:
        """The body as a function of this kind."""

        @wraps(body)
        async def generate(*args: Any, **kwargs: Any) -> Any:
            items = body(*args, **kwargs)
            advance, given = items.send, None
            while True:
                await asyncio.sleep(0)
                try:
                    items_held = [advance(given)]
                except StopIteration:
                    return
                try:
                    advance, given = items.send, (yield items_held.pop())
                except GeneratorExit:
                    items.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - the body decides what it means
                    advance, given = items.throw, error

        return generate

    def next(self, generator: Any) -> Any:
        """The next item."""
        return self._run(generator.__anext__())

    def send(self, generator: Any, value: Any) -> Any:
        """The next item, for what is sent."""
        return self._run(generator.asend(value))

    def throw(self, generator: Any, error: BaseException) -> Any:
        """The next item, for what is thrown."""
        return self._run(generator.athrow(error))

    def close(self, generator: Any) -> None:
        """Asks for no more."""
        self._run(generator.aclose())

    def all(self, generator: Any) -> list[Any]:
        """The items that are left."""

        async def collect() -> list[Any]:
            return [item async for item in generator]

        return self._run(collect())

    def end(self) -> None:
        """Closes the loop."""
        self._runner.close()

    def _run(self, awaitable: Any) -> Any:
        async def wait() -> Any:
            return await awaitable

        return self._runner.run(wait())


GENERATORS: dict[str, type[Generators]] = {"generator": Generators, "async generator": AsyncGenerators}
