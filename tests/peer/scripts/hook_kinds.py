"""What can be a hook: coroutine functions, partials, methods, callable objects; in plain and in coroutine runs."""

import asyncio
from functools import partial
from typing import Any

from prefect import flow, task


async def coroutine(runnable: Any, run: Any, state: Any) -> None:
    await asyncio.sleep(0)
    print("coroutine", runnable.name, state.name)


def named(name: str, runnable: Any, run: Any, state: Any) -> None:
    print(name, runnable.name, state.name)


async def awaited(name: str, runnable: Any, run: Any, state: Any) -> None:
    await asyncio.sleep(0)
    print(name, runnable.name, state.name)


class Notifier:
    def __call__(self, runnable: Any, run: Any, state: Any) -> None:
        named("object", runnable, run, state)

    def method(self, runnable: Any, run: Any, state: Any) -> None:
        named("method", runnable, run, state)

    async def awaited(self, runnable: Any, run: Any, state: Any) -> None:
        await awaited("coroutine method", runnable, run, state)


class AwaitedNotifier:
    async def __call__(self, runnable: Any, run: Any, state: Any) -> None:
        await awaited("coroutine object", runnable, run, state)


def returns_a_coroutine(runnable: Any, run: Any, state: Any) -> Any:
    return awaited("returned", runnable, run, state)


HOOKS = [
    coroutine,
    partial(named, "partial"),
    partial(awaited, "coroutine partial"),
    Notifier(),
    Notifier().method,
    Notifier().awaited,
    AwaitedNotifier(),
    returns_a_coroutine,
    lambda runnable, run, state: print("lambda", runnable.name, state.name),
]


@task(on_completion=HOOKS)
def plain_task() -> int:
    return 1


@task(on_completion=HOOKS)
async def coroutine_task() -> int:
    return 2


@flow(on_completion=HOOKS)
def plain_flow() -> int:
    return plain_task()


@flow(on_completion=HOOKS)
async def coroutine_flow() -> int:
    return await coroutine_task() + plain_task()


@flow(on_completion=HOOKS)
async def on_the_loop() -> int:
    return plain_flow()


if __name__ == "__main__":
    print(plain_flow())
    print(asyncio.run(coroutine_flow()))
    print(asyncio.run(on_the_loop()))
