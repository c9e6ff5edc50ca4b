"""A flow run that somebody cancels ends as Cancelled wherever its code waits, with all that belongs to it."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from headrace import flow, task
from headrace._engine import signals
from headrace.client.orchestration import get_client
from headrace.exceptions import CancelledRun
from headrace.runtime import flow_run
from headrace.states import Cancelling
from headrace.task_runners import ProcessPoolTaskRunner
from tests.acceptance.faces import Face
from tests.acceptance.hook_calls import Calls
from tests.acceptance.stored import Stored
from tests.acceptance.waits import LONG, Waits, waiting

CANCELLED = ["Pending", "Running", "Cancelling", "Cancelled"]
WITH_ITS_PARENT = "The flow run that it is part of was cancelled."


def cancel(run_id: UUID | str | None) -> None:
    """What `headrace flow-run cancel` does."""
    assert run_id is not None
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run_id, Cancelling(message="enough"))


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_GRACE_SECONDS", 0.1)


def test_a_flow_is_cancelled_where_it_waits(face: Face, stored: Stored, calls: Calls) -> None:
    wait = waiting(face)

    @face.flow(
        retries=3,
        on_cancellation=[calls.hook("hook")],
        on_failure=[calls.hook("hook")],
        on_crashed=[calls.hook("hook")],
    )
    def pipeline() -> Any:
        cancel(flow_run.id)
        yield wait()

    with pytest.raises(CancelledRun, match=r"was cancelled\. enough"):
        face.run(pipeline)
    run = stored.flow_run()
    assert stored.history(run) == CANCELLED
    assert stored.states(run)[-1].message == "enough"
    assert run.run_count == 1
    assert stored.lines(run)[-3:-2] == ["Finished in state Cancelled('enough')"]
    assert calls == ["hook: Cancelled"]


def test_the_task_under_way_and_the_subflow_are_cancelled_with_their_flow(face: Face, stored: Stored) -> None:
    wait = waiting(face)

    @face.task(retries=3)
    def waits() -> Any:
        yield wait()

    @face.flow
    def part(whole: str) -> Any:
        cancel(whole)
        yield waits()

    @face.flow
    def whole() -> Any:
        yield part(flow_run.id)

    with pytest.raises(CancelledRun):
        face.run(whole)
    assert stored.history(stored.flow_run("whole")) == CANCELLED
    for run in (stored.flow_run("part"), stored.task_run("waits"), stored.task_run("part")):
        assert stored.history(run) == ["Pending", "Running", "Cancelled"]
        assert stored.states(run)[-1].message == WITH_ITS_PARENT


def test_a_subflow_is_cancelled_alone_and_its_parent_goes_on(face: Face, stored: Stored) -> None:
    wait = waiting(face)

    @face.flow
    def part() -> Any:
        cancel(flow_run.id)
        yield wait()

    @face.flow
    def whole() -> Any:
        try:
            yield part()
        except CancelledRun as cancelled:
            return str(cancelled)

    assert "was cancelled. enough" in face.run(whole)
    assert stored.history(stored.flow_run("part")) == CANCELLED
    assert stored.history(stored.flow_run("whole")) == ["Pending", "Running", "Completed"]


def test_a_submitted_subflow_is_cancelled_alone(face: Face, stored: Stored) -> None:
    @flow
    def part() -> None:
        cancel(flow_run.id)
        while True:
            time.sleep(0.01)

    @face.flow
    def whole() -> Any:
        future = part.submit()
        future.wait()
        return future.state.name
        yield

    assert face.run(whole) == "Cancelled"
    assert stored.history(stored.flow_run("part")) == CANCELLED


@pytest.mark.usefixtures("short_grace")
def test_a_flow_that_waits_for_submitted_tasks_leaves_them(face: Face, stored: Stored, waits: Waits) -> None:
    @task
    def stuck() -> None:
        waits()

    @face.flow
    def pipeline(run_id: Callable[[], str]) -> Any:
        stuck.submit()
        cancel(run_id())
        return "not waited for"
        yield

    with pytest.raises(CancelledRun):
        face.run(pipeline, lambda: flow_run.id)
    assert stored.history(stored.flow_run()) == CANCELLED
    assert stored.states(stored.task_run())[-1].message == WITH_ITS_PARENT
    assert stored.task_run().state_name == "Cancelled"


def test_a_flow_that_waits_for_its_retry_is_cancelled(face: Face, stored: Stored) -> None:
    def cancel_when_it_waits(run_id: str) -> None:
        with get_client(sync_client=True) as client:
            while client.read_flow_run(run_id).state_name != "AwaitingRetry":
                time.sleep(0.01)
        cancel(run_id)

    @face.flow(retries=3, retry_delay_seconds=LONG)
    def pipeline() -> Any:
        threading.Thread(target=cancel_when_it_waits, args=(flow_run.id,)).start()
        raise ValueError
        yield

    with pytest.raises(CancelledRun):
        face.run(pipeline)
    assert stored.history(stored.flow_run()) == ["Pending", "Running", "AwaitingRetry", "Cancelling", "Cancelled"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_flow_that_ends_before_it_hears_of_it_is_cancelled_all_the_same(
    face: Face, stored: Stored, calls: Calls, fails: bool
) -> None:
    @face.flow(on_cancellation=[calls.hook("hook")], on_failure=[calls.hook("hook")])
    def pipeline() -> Any:
        cancel(flow_run.id)
        if fails:
            raise ValueError
        return 1
        yield

    with pytest.raises(CancelledRun):
        face.run(pipeline)
    assert stored.history(stored.flow_run()) == CANCELLED
    assert calls == ["hook: Cancelled"]


def test_a_flow_in_another_thread_is_cancelled(stored: Stored) -> None:
    @flow
    def pipeline() -> None:
        cancel(flow_run.id)
        while True:
            time.sleep(0.01)

    raised: list[BaseException] = []

    def work() -> None:
        try:
            pipeline()
        except CancelledRun as cancelled:
            raised.append(cancelled)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(LONG)
    assert len(raised) == 1
    assert stored.history(stored.flow_run()) == CANCELLED


def test_a_flow_with_a_timeout_is_cancelled_before_it(face: Face, stored: Stored) -> None:
    wait = waiting(face)

    @face.flow(timeout_seconds=LONG)
    def pipeline() -> Any:
        cancel(flow_run.id)
        yield wait()

    with pytest.raises(CancelledRun):
        face.run(pipeline)
    assert stored.history(stored.flow_run()) == CANCELLED


def test_a_generator_is_cancelled_in_the_middle(stored: Stored) -> None:
    @flow
    def items() -> Any:
        yield 1
        cancel(flow_run.id)
        time.sleep(LONG)

    made: list[int] = []
    with pytest.raises(CancelledRun):
        made.extend(items())
    assert stored.history(stored.flow_run()) == CANCELLED


def test_a_run_that_is_left_catching_everything_is_cancelled(face: Face, stored: Stored) -> None:
    wait = waiting(face)

    @face.flow
    def stubborn() -> Any:
        cancel(flow_run.id)
        try:
            yield wait()
        except BaseException:  # noqa: BLE001 - what it is about
            return "I go on"

    with pytest.raises(CancelledRun):
        face.run(stubborn)
    assert stored.history(stored.flow_run()) == CANCELLED


def test_tasks_in_other_processes_are_interrupted(stored: Stored) -> None:
    @task
    def sleeps(run_id: str) -> None:
        cancel(run_id)
        time.sleep(LONG)

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def pipeline() -> None:
        sleeps.submit(flow_run.id).result()

    with pytest.raises(CancelledRun):
        pipeline()
    assert stored.history(stored.flow_run()) == CANCELLED
    assert stored.task_run().state_name == "Crashed"
