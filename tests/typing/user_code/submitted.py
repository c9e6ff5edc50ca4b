"""Submitted and mapped tasks: futures know what they give."""

from collections.abc import Generator
from typing import assert_type

from headrace import State, flow, task, unmapped
from headrace.futures import HeadraceFuture, HeadraceFutureList, as_completed, wait
from headrace.task_runners import ThreadPoolTaskRunner


@task
def length(text: str, times: int = 1) -> int:
    return len(text) * times


@task(retries=2)
async def fetch(url: str) -> bytes:
    return url.encode()


@task
def lines(text: str) -> Generator[str, None, int]:
    yield from text.splitlines()
    return 0


@flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
def pipeline() -> int:
    future = length.submit("abc", times=2)
    assert_type(future, HeadraceFuture[int])
    assert_type(future.result(timeout=1), int)
    assert_type(future.state, State[int])
    assert_type(fetch.submit("https://example.org"), HeadraceFuture[bytes])
    assert_type(lines.submit("a\nb"), HeadraceFuture[list[str]])
    assert_type(length.submit(future, wait_for=[future], return_state=True), State[int])
    assert_type(fetch.submit("x", return_state=True), State[bytes])

    futures = length.map(["a", "b"], times=unmapped(2))
    assert_type(futures, HeadraceFutureList[int])
    assert_type(futures.result(), list[int])
    assert_type(fetch.map(["a", "b"]).result(), list[bytes])
    assert_type(length.map(futures, return_state=True), list[State[int]])
    assert_type(next(as_completed(futures)), HeadraceFuture[int])
    assert_type(wait(futures).done, set[HeadraceFuture[int]])
    future.results()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    return future.result()


@flow(task_runner="threads")  # pyright: ignore[reportArgumentType]
def mistaken() -> None: ...
