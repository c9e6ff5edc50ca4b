"""Flows that are ended while work is submitted: endings.py SHAPE ENDING.

A shape is where the ending comes; each has one run that ends the process, or that waits for the test to do it.
"""

import asyncio
import inspect
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import witness

from headrace import flow, task
from headrace.runtime import flow_run
from headrace.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


def interrupt() -> None:
    raise KeyboardInterrupt


def wait() -> None:
    """Until the test says go; most tests never do."""
    witness.made("waiting")
    witness.await_file("go")


ENDINGS: dict[str, Callable[[], None]] = {
    "interrupt": interrupt,
    "exit": lambda: sys.exit(3),
    "hard": lambda: os._exit(4),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "signal": wait,
}
end = ENDINGS[sys.argv[2]] if __name__ == "__main__" else wait


def hook(kind: Any, run: Any, state: Any) -> None:
    witness.told("hook", state=state.name)


def ending_hook(kind: Any, run: Any, state: Any) -> None:
    end()


submitting = flow(on_crashed=[hook], task_runner=ThreadPoolTaskRunner(max_workers=2))
SHAPES: dict[str, Any] = {}


def shape(function: Any) -> Any:
    SHAPES[function.__name__] = function
    return function


@task
def ends() -> None:
    end()


@task
async def ends_async() -> None:
    if end is wait:
        witness.made("waiting")
        await asyncio.Event().wait()
    end()


@task
async def waits_async() -> None:
    await asyncio.Event().wait()


@task
def one(_: Any = None) -> int:
    return 1


@task
def of_all(number: int) -> None:
    """The last of a map is the one that ends."""
    if number == 3:
        end()


@task
def submits() -> None:
    ends.submit().result()


@task(on_completion=[ending_hook])
def ends_in_hook() -> None: ...


@shape
@flow(on_crashed=[hook])
def in_flow() -> None:
    one.submit().wait()
    end()


@shape
@flow(on_crashed=[hook])
def in_task() -> None:
    one.submit().wait()
    ends()


@shape
@flow(on_crashed=[hook])
def submitted() -> None:
    one.submit()
    ends.submit().result()


@shape
@submitting
def bounded() -> None:
    one.submit().wait()
    ends.submit().result()


@shape
@flow(on_crashed=[hook], task_runner=ThreadPoolTaskRunner(max_workers=1))
def behind_others() -> None:
    """One worker, and more to do than that."""
    first = ends.submit()
    one.submit(wait_for=[first])
    one.map(range(3))
    first.result()


@shape
@submitting
def mapped() -> None:
    of_all.map(range(4)).result()


@shape
@submitting
def nested() -> None:
    submits.submit().result()


@shape
@submitting
def settling() -> Any:
    """The flow's function has returned, and its run waits."""
    one.submit()
    return ends.submit()


@shape
@submitting
def in_subflow() -> None:
    bounded()


@shape
@flow(on_crashed=[hook])
def in_hook() -> None:
    ends_in_hook()


@shape
@flow(on_crashed=[hook])
def in_hook_of_submitted() -> None:
    ends_in_hook.submit().result()


@shape
@flow(on_crashed=[hook])
def in_generator() -> Iterator[int]:
    one.submit()
    yield ends.submit().result()


@shape
@flow(on_crashed=[hook])
async def asynchronous() -> None:
    one.submit()
    await ends_async()


@shape
@flow(on_crashed=[hook])
async def gathered() -> None:
    await asyncio.gather(ends_async(), waits_async())


@shape
@flow(on_crashed=[hook])
async def grouped() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(ends_async())
        group.create_task(waits_async())


@shape
@flow(on_crashed=[hook])
async def submitted_from_loop() -> None:
    """The loop stands still while the task runs."""
    one.submit()
    ends.submit().result()


@shape
@flow(on_crashed=[hook])
async def settling_on_loop() -> Any:
    return ends.submit()


@shape
@flow(on_crashed=[hook])
async def submitted_coroutine() -> Any:
    return ends_async.submit()


@shape
@flow(on_crashed=[hook])
async def in_async_generator() -> AsyncIterator[int]:
    one.submit()
    await ends_async()
    yield 1


@shape
async def in_thread_of_loop() -> None:
    await asyncio.to_thread(bounded)


@shape
def in_threads() -> None:
    threads = [threading.Thread(target=each, daemon=True) for each in (bounded, completes, mapped)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@flow
def completes() -> None:
    one.map(range(3)).wait()
    witness.flow_ending(flow_run.id, "Completed")


@shape
@flow(on_crashed=[hook], task_runner=ProcessPoolTaskRunner(max_workers=1))
def in_process() -> None:
    ends.submit().result()


async def consumed(items: AsyncIterator[Any]) -> None:
    async for _ in items:
        pass


def main(name: str) -> None:
    come_to: Any = SHAPES[name]()
    if inspect.iscoroutine(come_to):
        asyncio.run(come_to)
    elif isinstance(come_to, AsyncIterator):
        asyncio.run(consumed(come_to))
    elif isinstance(come_to, Iterator):
        list(come_to)


if __name__ == "__main__":
    main(sys.argv[1])
