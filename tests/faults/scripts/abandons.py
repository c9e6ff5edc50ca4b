"""Flows that nobody carries to their ends, with work submitted: abandons.py SHAPE. The process exits with 5.

Their tasks wait until the test says go, which most tests never do.
"""

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import witness

from headrace import flow, task

began = threading.Event()
kept: list[Any] = []
"""What is still there when the interpreter ends."""


def hook(kind: Any, run: Any, state: Any) -> None:
    witness.told("hook", state=state.name)


@task
def works() -> None:
    began.set()
    witness.await_file("go")


@flow(on_crashed=[hook])
async def awaits() -> None:
    works.submit()
    await asyncio.to_thread(began.wait)
    await asyncio.Event().wait()


@flow(on_crashed=[hook])
def waits() -> None:
    works.submit().result()


@flow(on_completion=[hook])
def yields() -> Iterator[int]:
    works.submit()
    began.wait()
    yield 1
    yield 2


@flow(on_completion=[hook])
async def yields_async() -> AsyncIterator[int]:
    works.submit()
    began.wait()
    yield 1
    yield 2


def run_until_begun(loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any]:
    """The flow's asyncio task, on a loop that stands still again."""
    run = loop.create_task(awaits())
    while not began.is_set():
        loop.run_until_complete(asyncio.sleep(0.001))
    loop.run_until_complete(asyncio.sleep(0.01))
    return run


def loop_closed() -> None:
    loop = asyncio.new_event_loop()
    run = run_until_begun(loop)
    loop.close()
    del run, loop
    gc.collect()


def loop_stopped() -> None:
    """And never run again."""
    loop = asyncio.new_event_loop()
    kept.extend((loop, run_until_begun(loop)))
    loop.call_soon(loop.stop)
    loop.run_forever()


def coroutine_closed() -> None:
    loop = asyncio.new_event_loop()
    run: Any = run_until_begun(loop)
    with suppress(GeneratorExit):
        run.get_coro().close()


def cancelled() -> None:
    """By the program, which goes on."""

    async def main() -> None:
        run = asyncio.create_task(awaits())
        await asyncio.to_thread(began.wait)
        run.cancel()
        await asyncio.sleep(0)
        witness.made("cancelled")
        with suppress(asyncio.CancelledError):
            await run

    asyncio.run(main())


def main_ends() -> None:
    """The main thread exits while a daemon thread's flow is at work."""
    threading.Thread(target=waits, daemon=True).start()
    began.wait()


def generator_kept() -> None:
    kept.append(yields())
    next(kept[0])


def async_generator_kept() -> None:
    async def first() -> None:
        kept.append(yields_async())
        await anext(kept[-1])

    kept.append(asyncio.new_event_loop())
    kept[0].run_until_complete(first())


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    witness.made("went-on")
    sys.exit(5)
