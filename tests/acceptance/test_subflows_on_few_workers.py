"""Subflows on few workers: they never wait for ever, at any depth, and no more of them are at work than there are."""

import asyncio
import threading
from typing import Any

from headrace import flow, task
from headrace.futures import HeadraceFuture, as_completed
from headrace.task_runners import ThreadPoolTaskRunner
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored

WAIT = 20  # seconds until a test that hangs fails
DEPTH = 10

one_worker = ThreadPoolTaskRunner(max_workers=1)


def test_one_worker_is_enough_for_subflows_within_subflows(face: Face, stored: Stored) -> None:
    @face.task
    def leaf() -> int:
        return 1

    @face.flow(task_runner=one_worker)
    def deeper(depth: int) -> Any:
        futures = [leaf.submit(), leaf.submit()]
        if depth:
            futures.append(deeper.submit(depth - 1, wait_for=[futures[0]]))
        return sum(future.result() for future in futures)

    assert face.run(deeper, DEPTH) == 2 * (DEPTH + 1)
    runs = stored.flow_runs()
    assert [run.state_name for run in runs] == ["Completed"] * (DEPTH + 1)
    shown = {run.id: run.flow_run_id for run in stored.all_task_runs()}
    assert [shown[run.parent_task_run_id] for run in runs[1:] if run.parent_task_run_id] == [
        run.id for run in runs[:-1]
    ]


def test_one_worker_is_enough_where_plain_and_coroutine_flows_alternate() -> None:
    @task
    async def leaf() -> int:
        return 1

    @flow(task_runner=one_worker)
    def plain(depth: int) -> int:
        return leaf.submit().result() + (coroutine.submit(depth - 1).result() if depth else 0)

    @flow(task_runner=one_worker)
    async def coroutine(depth: int) -> int:
        return leaf.submit().result() + (await plain.submit(depth - 1).aresult() if depth else 0)

    assert plain(DEPTH) == asyncio.run(coroutine(DEPTH)) == DEPTH + 1


def test_no_more_subflows_than_workers_are_at_work_though_all_of_them_wait(face: Face) -> None:
    lock, at_work, most = threading.Lock(), 0, 0

    @face.task
    def leaf(x: int = 0) -> None: ...

    @face.flow
    def child(x: int) -> Any:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        leaf.submit().wait()
        yield leaf()
        leaf.map(range(2)).wait()
        with lock:
            at_work -= 1

    @face.flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def parent() -> None:
        child.map(range(20)).result()

    face.run(parent)
    assert most == 2


def test_a_subflow_may_wait_for_what_its_parent_submits_behind_it(face: Face) -> None:
    submitted, behind = threading.Event(), list[HeadraceFuture[int]]()

    @face.task
    def leaf() -> int:
        return 1

    @face.task
    def asks() -> int:
        return behind[0].result()

    @face.task
    def takes(x: int) -> int:
        return x

    @face.flow
    def child() -> Any:
        submitted.wait(WAIT)
        return asks.submit().result() + takes.submit(behind[1]).result() + sum(f.result() for f in as_completed(behind))

    @face.flow(task_runner=one_worker)
    def parent() -> Any:
        future = child.submit()
        behind.extend(leaf.submit() for _ in range(4))
        submitted.set()
        return future.result()

    assert face.run(parent) == 6


def test_a_coroutine_that_blocks_its_loop_lends_the_place_that_another_one_has_kept() -> None:
    released = threading.Event()

    @task
    def release() -> None:
        released.set()

    @flow
    def held() -> bool:
        return released.wait(WAIT)

    @task
    async def both() -> bool:
        waits = asyncio.Event()

        @flow(task_runner=one_worker)
        async def waits_for_its_own() -> bool:
            future = held.submit()
            waits.set()
            return await future.aresult()

        async def blocks() -> None:
            await waits.wait()
            for _ in range(10):  # until the other one waits for its future
                await asyncio.sleep(0)
            release.submit().wait()

        was_released, _ = await asyncio.gather(waits_for_its_own(), blocks())
        return was_released

    @flow(task_runner=one_worker)
    async def parent() -> bool:
        return both.submit().result()

    assert asyncio.run(parent())


def test_subflows_that_nobody_waits_for_end_before_their_parents(face: Face, stored: Stored) -> None:
    @face.task
    def leaf() -> None: ...

    @face.flow(task_runner=one_worker)
    def deeper(depth: int) -> None:
        leaf.submit()
        if depth:
            deeper.submit(depth - 1)

    face.run(deeper, 4)
    ended = [run.end_time for run in stored.flow_runs()]
    assert ended == sorted(ended, reverse=True)
    assert len(ended) == 5
    assert {run.state_name for run in stored.task_runs()} == {"Completed"}


def test_tasks_submit_subflows_to_the_runner_of_their_flow(face: Face, stored: Stored) -> None:
    @face.task
    def leaf(x: int) -> int:
        return x

    @face.flow
    def child(x: int) -> int:
        return leaf.submit(x).result()

    @face.task
    def middle(x: int) -> int:
        return sum(future.result() for future in child.map([x, x]))

    @face.flow(task_runner=one_worker)
    def parent() -> Any:
        return middle.map([1, 2, 3]).result(), (yield middle(4))

    assert face.run(parent) == ([2, 4, 6], 8)
    runs = stored.task_runs(stored.flow_run("parent"))
    callers = {run.id for run in runs if run.name.startswith("middle")}
    children = [run for run in runs if run.name.startswith("child")]
    assert len(children) == 8
    assert {source for run in children for source in stored.inputs(run)["__parents__"]} == callers
