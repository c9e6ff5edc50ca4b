"""Submitted and mapped subflows: runs of their own on their parent's task runner, with futures as tasks have them."""

import asyncio
import threading
from typing import Any

import pytest

from headrace import allow_failure, flow, tags, task, unmapped
from headrace.exceptions import (
    MappingLengthMismatch,
    MappingMissingIterable,
    MissingContextError,
    ParameterBindError,
    ParameterTypeError,
    UnfinishedRun,
)
from headrace.futures import HeadraceFlowRunFuture, HeadraceFuture, as_completed, wait
from headrace.states import StateType
from headrace.task_runners import ThreadPoolTaskRunner
from headrace.utilities.annotations import quote
from tests.acceptance.faces import Face
from tests.acceptance.hook_calls import Calls
from tests.acceptance.stored import Stored

WAIT = 20  # seconds until a test that hangs fails

one_worker = ThreadPoolTaskRunner(max_workers=1)


def test_a_submitted_subflow_is_a_run_in_another_thread_that_a_task_run_of_its_parent_shows(
    face: Face, stored: Stored
) -> None:
    @face.flow
    def child(x: int) -> tuple[int, int]:
        return x, threading.get_ident()

    @face.flow
    def parent() -> Any:
        future = child.submit(7)
        assert isinstance(future, HeadraceFlowRunFuture)
        (x, ident), state = future.result(), future.state
        return x, ident, future.flow_run_id, future.task_run_id, state.type, state.state_details.flow_run_id

    x, ident, flow_run_id, task_run_id, kind, of_state = face.run(parent)
    outer, inner = stored.flow_run("parent"), stored.flow_run("child")
    (shown,) = stored.task_runs(outer)
    assert (x, kind) == (7, StateType.COMPLETED)
    assert ident != threading.get_ident()
    assert inner.id == flow_run_id == of_state
    assert inner.parent_task_run_id == shown.id == task_run_id
    assert (shown.name, inner.parameters) == ("child-0", {"x": 7})
    assert [state.state_details.child_flow_run_id for state in stored.states(shown)] == [inner.id] * 3
    assert stored.history(shown) == stored.history(inner) == ["Pending", "Running", "Completed"]
    assert stored.lines(inner)[0] == f"Beginning subflow run {inner.name!r} for flow 'child'"


def test_edges_lead_into_submitted_subflows_and_out_of_them(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> dict[str, int]:
        return {"rows": 7}

    @face.flow
    def child(data: Any, more: Any = None) -> Any:
        return {"of": data}

    @face.task
    def load(data: Any) -> Any:
        return data

    @face.flow
    def parent() -> Any:
        rows = yield extract()
        before = extract.submit()
        first = child.submit([extract.submit()], more=rows, wait_for=[before])
        second = child.submit({"deep": first})
        return load.submit(second).result()

    assert face.run(parent) == {"of": {"deep": {"of": [{"rows": 7}]}}}
    called, before, submitted, first, second, loaded = sorted(
        stored.task_runs(stored.flow_run("parent")), key=lambda run: run.id
    )
    assert stored.inputs(first) == {"data": [submitted.id], "more": [called.id], "wait_for": [before.id]}
    assert stored.inputs(second) == {"data": [first.id]}
    assert stored.inputs(loaded) == {"data": [second.id]}


def test_what_depends_on_a_failure_is_not_ready_and_never_begins(face: Face, stored: Stored) -> None:
    ran: list[Any] = []

    @face.flow
    def fails() -> None:
        raise ValueError("no rows")

    @face.flow
    def child(data: Any) -> None:
        ran.append(data)

    @face.task
    def load(data: Any) -> None:
        ran.append(data)

    @face.flow
    def parent() -> Any:
        failed = fails.submit()
        skipped = [child.submit([failed]), child.submit(1, wait_for=[failed]), load.submit(failed)]
        child.submit(allow_failure(failed)).wait()
        assert [future.state.name for future in wait(skipped).done] == ["NotReady"] * 3
        with pytest.raises(UnfinishedRun):
            skipped[0].result()
        with pytest.raises(ValueError, match="no rows"):
            failed.result()
        assert isinstance(failed.result(raise_on_failure=False), ValueError)

    face.run(parent)
    assert [type(value) for value in ran] == [ValueError]
    names = [run.name for run in stored.task_runs() if run.state_name == "NotReady"]
    assert sorted(name.rpartition("-")[0] for name in names) == ["child", "child", "load"]
    assert len(stored.flow_runs()) == 3


def test_a_map_runs_a_subflow_for_each_item(face: Face, stored: Stored) -> None:
    @face.task
    def numbers() -> list[int]:
        return [1, 2, 3]

    @face.flow
    def scale(x: int, factors: list[int], plus: int = 0) -> int:
        return x * sum(factors) + plus

    @face.flow
    def parent() -> Any:
        with pytest.raises(MappingMissingIterable):
            scale.map(1, factors=unmapped([1]))
        with pytest.raises(MappingLengthMismatch):
            scale.map([1, 2], factors=[[1]])
        futures = scale.map(numbers.submit(), factors=unmapped([2, 3]), plus=1)
        states = scale.map([1, 2], factors=[[1], futures], return_state=True)
        return futures.result(), [state.name for state in states], (yield states[1].result())

    assert face.run(parent) == ([6, 11, 16], ["Completed"] * 2, 2 * (6 + 11 + 16))
    runs = stored.task_runs(stored.flow_run("parent"))
    assert sorted(run.name for run in runs if run.name.startswith("scale")) == [f"scale-{n}" for n in range(5)]
    source = stored.task_run("numbers").id
    assert [stored.inputs(run).get("x") for run in runs].count([source]) == 3


def test_the_state_of_a_submitted_subflow(face: Face) -> None:
    @face.flow
    def child(x: int) -> int:
        if x < 0:
            raise ValueError("negative")
        return x

    @face.flow
    def parent() -> Any:
        well, failed = child.submit(1, return_state=True), child.submit(-1, return_state=True)
        refused = child.submit("many")
        with pytest.raises(ParameterTypeError):
            refused.result()
        return (yield well.result()), failed.message, refused.state.name

    assert face.run(parent) == (1, "Flow run encountered an exception: ValueError: negative", "Failed")


def test_a_parent_that_returns_futures_takes_its_state_from_them(face: Face) -> None:
    @face.flow
    def child(x: int) -> int:
        return 1 // x

    @face.flow
    def mixed() -> Any:
        return child.map([1, 0])

    @face.flow
    def nested() -> Any:
        return {"a": child.submit(1)}

    @face.flow
    def forgotten() -> None:
        child.submit(0)

    assert face.run(mixed, return_state=True).message == "1/2 states failed."
    assert face.run(nested)["a"].is_completed()
    assert face.run(forgotten, return_state=True).is_completed()


def test_waiting_in_every_way(face: Face) -> None:
    gates = [threading.Event() for _ in range(3)]

    @face.flow
    def held(n: int) -> int:
        gates[n].wait(WAIT)
        return n

    @face.flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
    def parent() -> Any:
        futures = [held.submit(n) for n in range(3)]
        with pytest.raises(TimeoutError, match=f"Flow run {futures[0].flow_run_id} did not complete within 0 seconds"):
            futures[0].result(timeout=0)
        assert wait(futures, timeout=0).not_done == set(futures)
        told: list[HeadraceFuture[int]] = []
        futures[1].add_done_callback(told.append)
        gates[2].set()
        order: list[int] = []
        for future in as_completed(futures, timeout=WAIT):
            order.append(future.result())
            if order[-1]:
                gates[order[-1] - 1].set()
        assert told == [futures[1]]
        return order

    assert face.run(parent) == [2, 1, 0]


def test_waiting_without_holding_up_a_loop() -> None:
    gate = threading.Event()

    @flow
    async def child() -> int:
        assert gate.wait(WAIT)
        return 1

    @flow
    async def parent() -> Any:
        future = child.submit()
        await future.wait_async(timeout=0)
        with pytest.raises(TimeoutError):
            await future.aresult(timeout=0)
        waiting = asyncio.create_task(future.aresult())
        await asyncio.sleep(0)
        gate.set()
        return await waiting, await future.aresult()

    assert asyncio.run(parent()) == (1, 1)


def test_a_coroutine_flow_runs_on_a_loop_of_its_own() -> None:
    @flow
    async def child() -> Any:
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    @flow
    async def asynchronous() -> Any:
        return child.submit().result() is asyncio.get_running_loop()

    @flow
    def plain() -> Any:
        return isinstance(child.submit().result(), asyncio.AbstractEventLoop)

    assert asyncio.run(asynchronous()) is False
    assert plain()


def test_a_plain_run_that_a_coroutine_waits_for_can_have_a_loop_of_its_own(face: Face) -> None:
    async def one() -> int:
        return 1

    @flow
    def child() -> int:
        return asyncio.run(one())

    @task
    def step() -> int:
        return asyncio.run(one())

    @face.task
    def waits() -> int:
        return child.submit().result() + step.submit().result()

    @face.flow(task_runner=one_worker)
    def parent() -> Any:
        return waits.submit().result()

    assert face.run(parent) == 2


def test_retries_hooks_tags_and_names_are_those_of_any_subflow(face: Face, stored: Stored, calls: Calls) -> None:
    attempts: list[int] = []

    @face.flow(retries=1, flow_run_name="load-{day}", on_running=[calls.hook("on_running")])
    def child(day: int) -> int:
        attempts.append(day)
        if attempts.count(day) == 1:
            raise OSError("not yet")
        return day

    @face.flow
    def parent() -> Any:
        with tags("nightly"):
            futures = child.map([1, 2])
        return futures.result()

    assert face.run(parent) == [1, 2]
    assert calls == ["on_running: Running"] * 4
    runs = [run for run in stored.flow_runs() if run.parent_task_run_id]
    assert sorted(str(run.name) for run in runs) == ["load-1", "load-2"]
    assert [set(run.tags) for run in runs] == [{"nightly"}] * 2
    for run in runs:
        assert stored.history(run) == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]


def test_a_generator_gives_the_list_of_its_items() -> None:
    @flow
    def numbers() -> Any:
        yield 1
        yield 2

    @flow
    async def letters() -> Any:
        yield "a"
        yield "b"

    @flow
    def parent() -> Any:
        return numbers.submit().result(), letters.submit().result()

    assert parent() == ([1, 2], ["a", "b"])


def test_methods_can_be_submitted() -> None:
    class Source:
        def __init__(self, rows: list[int]) -> None:
            self.rows = rows

        @flow
        def total(self, factor: int) -> int:
            return factor * sum(self.rows)

    @flow
    def parent() -> Any:
        source = Source([1, 2])
        return source.total.submit(2).result(), source.total.map(factor=[1, 10]).result()

    assert parent() == (6, [3, 30])


def test_what_is_quoted_is_not_looked_into(face: Face) -> None:
    @face.flow
    def kind(x: Any) -> str:
        return type(x).__name__

    @face.flow
    def parent() -> str:
        return kind.submit(quote(kind.submit(1))).result()

    assert face.run(parent) == "HeadraceFlowRunFuture"


def test_prints_and_lines_belong_to_the_subflow_that_writes_them(stored: Stored) -> None:
    together = threading.Barrier(2, timeout=WAIT)

    @flow(log_prints=True)
    def child(x: int) -> None:
        together.wait()
        print("this is", x)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def parent() -> None:
        child.map([1, 2]).wait()

    parent()
    for run in stored.flow_runs()[1:]:
        assert f"this is {run.parameters['x']}" in stored.lines(run)


def test_arguments_that_do_not_fit_are_refused_when_it_is_submitted(face: Face, stored: Stored) -> None:
    @face.flow
    def takes(x: int) -> None: ...

    @face.flow
    def parent() -> None:
        with pytest.raises(ParameterBindError, match="missing a required argument: 'x'"):
            takes.submit()

    face.run(parent)
    assert len(stored.flow_runs()) == 1


def test_submitting_outside_of_a_flow_says_what_to_do() -> None:
    @flow
    def child() -> None: ...

    @task
    def submits() -> None:
        child.submit()

    for outside in (child.submit, child.map, submits):
        with pytest.raises(MissingContextError, match="inside of a flow run"):
            outside()
