# pyright: standard
"""Code without annotations, read as most users have their checker read it: what can be inferred is."""

from typing import assert_type

from headrace import flow, task


@task
def counted(items, start=2):
    print(items)
    return start


@task(retries=1)
async def fetched(url="https://example.com"):
    return len(url)


@flow
def untold(a, b=1.5):
    assert_type(counted(a, start=3), int)
    return b


def outside() -> None:
    assert_type(untold(1), float)
    assert_type(untold(1, b=2.0, return_state=True).result(), float)


async def outside_async() -> None:
    assert_type(await fetched(), int)
