"""Futures: waiting for them, with and without a bound, and being called back."""

import threading
from typing import Any

import pytest

from headrace import flow, task
from headrace.futures import (
    HeadraceFuture,
    as_completed,
    resolve_futures_to_results,
    resolve_futures_to_states,
    wait,
)
from headrace.task_runners import ThreadPoolTaskRunner
from tests.acceptance.faces import Face

WAIT = 20  # seconds until a test that hangs fails


def test_a_future_of_a_run_that_takes_long(face: Face) -> None:
    gate = threading.Event()

    @face.task
    def slow() -> int:
        gate.wait(WAIT)
        return 1

    @face.flow
    def pipeline() -> None:
        future = slow.submit()
        with pytest.raises(TimeoutError, match=r"did not complete within 0\.01 seconds"):
            future.result(timeout=0.01)
        future.wait(timeout=0)
        assert not future.has_ended
        assert future.state.type.value in ("PENDING", "RUNNING")
        done, not_done = wait([future], timeout=0.01)
        assert (done, not_done) == (set(), {future})
        with pytest.raises(TimeoutError, match=r"1 \(of 1\) futures unfinished"):
            list(as_completed([future], timeout=0.01))
        gate.set()
        assert future.result(timeout=WAIT) == 1
        assert wait([future]).done == {future}

    face.run(pipeline)


def test_as_completed_gives_each_future_once_as_its_run_ends(face: Face) -> None:
    gates = [threading.Event() for _ in range(3)]

    @face.task
    def held(n: int) -> int:
        gates[n].wait(WAIT)
        return n

    @face.flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
    def pipeline() -> Any:
        futures = [held.submit(n) for n in range(3)]
        gates[2].set()
        order: list[int] = []
        for future in as_completed([*futures, futures[0]], timeout=WAIT):
            order.append(future.result())
            if order[-1]:
                gates[order[-1] - 1].set()
        return order

    assert face.run(pipeline) == [2, 1, 0]


def test_as_completed_in_a_task_lends_its_place(face: Face) -> None:
    @face.task
    def leaf(n: int) -> int:
        return n

    @face.task
    def parent() -> int:
        return sum(future.result() for future in as_completed(leaf.map([1, 2, 3]), timeout=WAIT))

    @face.flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline() -> int:
        return parent.submit().result(timeout=WAIT)

    assert face.run(pipeline) == 6


def test_a_callback_is_called_with_the_future(face: Face) -> None:
    gate, called_back = threading.Event(), threading.Event()
    told: list[Any] = []

    @face.task
    def slow() -> int:
        gate.wait(WAIT)
        return 1

    def note(future: HeadraceFuture[int]) -> None:
        told.append((future, future.result()))
        called_back.set()

    @face.flow
    def pipeline() -> None:
        future = slow.submit()
        future.add_done_callback(note)
        gate.set()
        assert called_back.wait(WAIT)
        future.add_done_callback(note)
        assert told == [(future, 1), (future, 1)]

    face.run(pipeline)


def test_futures_in_an_expression_become_results_or_states() -> None:
    @task
    def one(x: int) -> int:
        return x

    @task
    def fails() -> None:
        raise ValueError("no")

    @flow
    def pipeline() -> None:
        assert resolve_futures_to_results([one.submit(1), {"a": one.submit(2)}]) == [1, {"a": 2}]
        assert resolve_futures_to_results(5) == 5
        states = resolve_futures_to_states([one.submit(1), fails.submit(), 5])
        assert [states[0].name, states[1].name, states[2]] == ["Completed", "Failed", 5]
        with pytest.raises(ValueError, match="no"):
            resolve_futures_to_results([fails.submit()])

    pipeline()


def test_a_future_of_the_standard_library_follows(face: Face) -> None:
    @face.task
    def one() -> int:
        return 1

    @face.flow
    def pipeline() -> Any:
        return (yield one.submit().wrapped_future.result(timeout=WAIT).result())

    assert face.run(pipeline) == 1


def test_what_a_run_raised_is_raised_each_time_it_is_asked_for(face: Face) -> None:
    @face.task
    def fails() -> None:
        raise ValueError("no rows")

    @face.flow
    def pipeline() -> None:
        future = fails.submit()
        for _ in range(2):
            with pytest.raises(ValueError, match="no rows") as raised:
                future.result()
        frames = [entry.name for entry in raised.traceback]
        assert frames.count("fails") == 1

    face.run(pipeline)
