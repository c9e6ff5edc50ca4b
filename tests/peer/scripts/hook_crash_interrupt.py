"""Ctrl-C in a flow, plain and on a loop: the hooks for crashes are called, coroutine functions among them."""

import asyncio
from typing import Any

from prefect import flow, task


def crashed(flow: Any, run: Any, state: Any) -> None:
    print("crashed", flow.name, state.name)


async def crashed_later(flow: Any, run: Any, state: Any) -> None:
    await asyncio.sleep(0)
    print("crashed later", flow.name, state.name)


@task
def interrupted() -> None:
    raise KeyboardInterrupt


@flow(on_crashed=[crashed, crashed_later])
def plain() -> None:
    interrupted()


@flow(on_crashed=[crashed, crashed_later])
async def on_a_loop() -> None:
    interrupted()


if __name__ == "__main__":
    for run in (plain, lambda: asyncio.run(on_a_loop())):
        try:
            run()
        except KeyboardInterrupt:
            print("interrupted")
