"""Submitted and mapped tasks and subflows: futures know what they give."""

from collections.abc import Generator
from typing import assert_type
from uuid import UUID

from headrace import State, flow, task, unmapped
from headrace.futures import HeadraceFlowRunFuture, HeadraceFuture, HeadraceFutureList, as_completed, wait
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


@flow
def report(day: str) -> dict[str, int]:
    return {day: 1}


@flow(retries=1)
async def refresh(day: str) -> bytes:
    return day.encode()


@flow
def days() -> Generator[str, None, int]:
    yield "monday"
    return 0


@flow
def week() -> dict[str, int]:
    future = report.submit("monday")
    assert_type(future, HeadraceFlowRunFuture[dict[str, int]])
    assert_type(future.result(timeout=1), dict[str, int])
    assert_type(future.state, State[dict[str, int]])
    assert_type(future.flow_run_id, UUID)
    assert_type(refresh.submit("monday"), HeadraceFlowRunFuture[bytes])
    assert_type(days.submit(), HeadraceFlowRunFuture[list[str]])
    assert_type(report.submit("monday", wait_for=[future], return_state=True), State[dict[str, int]])
    assert_type(refresh.submit("monday", return_state=True), State[bytes])

    assert_type(report.map(["monday", "tuesday"]), HeadraceFutureList[dict[str, int]])
    assert_type(refresh.map(["monday", "tuesday"]).result(), list[bytes])
    assert_type(days.map(), HeadraceFutureList[list[str]])
    assert_type(report.map(["monday"], return_state=True), list[State[dict[str, int]]])
    length.submit("abc").flow_run_id  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    return future.result()


@flow
async def asynchronous_week() -> bytes:
    future = refresh.submit("monday")
    await future.wait_async(timeout=1)
    return assert_type(await future.aresult(), bytes)


@flow(task_runner="threads")  # pyright: ignore[reportArgumentType]
def mistaken() -> None: ...
