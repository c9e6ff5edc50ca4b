"""Errors of the user's own that tell of time: of a socket, of asyncio, of a library."""

import asyncio

from prefect import flow, task


class SlowService(TimeoutError):
    """A library's own."""


@task
def asks() -> None:
    raise SlowService("no answer in 30 s")


@task
async def waits() -> None:
    async with asyncio.timeout(0):
        await asyncio.sleep(60)


@flow(name="quiet")
def quiet() -> None:
    raise TimeoutError("nothing came")


@flow
async def main() -> None:
    asked = asks(return_state=True)
    print(asked.type.value, asked.name)
    waited = await waits(return_state=True)
    print(waited.type.value, waited.name)
    heard = quiet(return_state=True)
    print(heard.type.value, heard.name)
    print([state.is_failed() for state in (asked, waited, heard)])


if __name__ == "__main__":
    asyncio.run(main())
