"""Time-outs of tasks and flows: when they end what, and that what they leave behind is heard of no more."""

import asyncio
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from headrace import flow, task
from headrace.exceptions import FlowRunTimeoutError, TaskRunTimeoutError
from headrace.runtime import task_run
from tests.acceptance.faces import AsyncFace, Face
from tests.acceptance.stored import Stored
from tests.acceptance.waits import LONG, SHORT, Waits, waiting


def test_a_task_that_takes_too_long_is_timed_out(face: Face, stored: Stored) -> None:
    wait = waiting(face)

    @face.task(timeout_seconds=SHORT)
    def slow() -> Any:
        yield wait()

    began = time.monotonic()
    with pytest.raises(TaskRunTimeoutError, match=r"^Task run exceeded timeout of 0\.05 second") as raised:
        face.run(slow)
    assert time.monotonic() - began < 1
    assert isinstance(raised.value, TimeoutError)
    run = stored.task_run()
    assert (run.state_type, run.state_name) == ("FAILED", "TimedOut")
    assert stored.history(run) == ["Pending", "Running", "TimedOut"]
    assert run.state is not None
    assert run.state.message == "Task run exceeded timeout of 0.05 second(s)"


def test_a_flow_that_takes_too_long_is_timed_out_and_what_it_calls_is_ended(face: Face, stored: Stored) -> None:
    wait = waiting(face)

    @face.task(retries=3)
    def slow() -> Any:
        yield wait()

    @face.flow(timeout_seconds=0.2)
    def too_long() -> Any:
        yield slow()

    with pytest.raises(FlowRunTimeoutError, match=r"Flow run exceeded timeout of 0\.2 second"):
        face.run(too_long)
    run = stored.flow_run()
    assert (run.state_type, run.state_name) == ("FAILED", "TimedOut")
    ended = stored.task_run()
    assert stored.history(ended) == ["Pending", "Running", "Crashed"]
    assert ended.state is not None
    assert ended.state.message == "The run was ended because the time of a run around it was up (timeout_seconds)."


@pytest.mark.parametrize("is_submitted", [False, True])
@pytest.mark.parametrize("place", ["destructor", "callback"])
def test_time_that_is_up_where_errors_are_lost_is_up_behind_that(
    stored: Stored, place: str, is_submitted: bool
) -> None:
    class Slow:
        pass

    def pass_time(*_: object) -> None:
        until = time.monotonic() + 4 * SHORT
        while time.monotonic() < until:
            pass

    if place == "destructor":
        Slow.__del__ = pass_time  # type: ignore[attr-defined]

    @task(timeout_seconds=SHORT)
    def slow() -> None:
        thing = Slow()
        watched = weakref.ref(thing, pass_time if place == "callback" else None)
        del thing
        while watched() is None:
            pass

    @flow
    def around() -> None:
        slow.submit().result() if is_submitted else slow()

    began = time.monotonic()
    with pytest.raises(TaskRunTimeoutError):
        around()
    assert time.monotonic() - began < 5
    assert stored.task_run().state_name == "TimedOut"


def test_runs_that_are_in_time_are_none_the_wiser(face: Face, stored: Stored) -> None:
    @face.task(timeout_seconds=LONG)
    def quick(x: list[int]) -> Any:
        yield None if not isinstance(face, AsyncFace) else asyncio.sleep(0)
        return [*x, 1]

    @face.task(timeout_seconds=0)
    def unlimited() -> int:
        return 1

    @face.flow(timeout_seconds=LONG)
    def whole() -> Any:
        first = yield quick([2])
        futures = quick.map([first, [5]])
        return [*futures.result(), (yield unlimited())]

    assert face.run(whole) == [[2, 1, 1], [5, 1], 1]
    assert {run.state_name for run in stored.task_runs()} == {"Completed"}
    assert stored.flow_run().state_name == "Completed"
    assert stored.inputs(stored.task_runs()[1]) == {"x": [stored.task_runs()[0].id]}
    assert unlimited.timeout_seconds is None
    assert quick.with_options(timeout_seconds=3).timeout_seconds == 3.0
    assert quick.with_options(name="other").timeout_seconds == LONG


@pytest.mark.parametrize("decorate", [task, flow])
def test_what_is_no_number_of_seconds_is_refused(decorate: Any) -> None:
    kind = decorate.__name__
    with pytest.raises(TypeError, match=f"number of seconds for {kind} parameter 'timeout_seconds'; got 'x' instead"):
        decorate(timeout_seconds="x")(print)
    with pytest.raises(TypeError, match="got True instead"):
        decorate(timeout_seconds=True)(print)
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"must be >= 0, got {wrong}: leave it out for a {kind} without"):
            decorate(timeout_seconds=wrong)(print)
    assert decorate(timeout_seconds=float("inf"))(print).timeout_seconds is None


def test_each_attempt_has_the_whole_time(face: Face, stored: Stored) -> None:
    wait, counts = waiting(face), list[int]()

    @face.task(timeout_seconds=SHORT, retries=2)
    def third_time() -> Any:
        counts.append(task_run.run_count)
        if len(counts) < 3:
            yield wait()
        return "in time"

    assert face.run(third_time) == "in time"
    assert counts == [1, 2, 3]
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Retrying", "Retrying", "Completed"]


def test_a_flow_is_tried_again_after_its_time_was_up(face: Face, stored: Stored, waits: Waits) -> None:
    attempts: list[int] = []

    @task
    def blocked() -> str:
        return waits()

    @face.flow(timeout_seconds=0.2, retries=1)
    def second_time() -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            yield blocked.submit().result() if not isinstance(face, AsyncFace) else asyncio.sleep(LONG)
        return "in time"

    assert face.run(second_time) == "in time"
    assert stored.history(stored.flow_run()) == ["Pending", "Running", "AwaitingRetry", "Running", "Completed"]


def test_code_that_goes_on_after_any_error_is_timed_out_all_the_same(stored: Stored) -> None:
    interruptions: list[BaseException] = []

    @task(timeout_seconds=SHORT)
    def stubborn() -> str:
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            try:
                time.sleep(LONG)
            except Exception as error:  # what most programs do  # noqa: BLE001
                interruptions.append(error)
        return "late"

    @task(timeout_seconds=SHORT)
    def deaf() -> str:
        try:
            time.sleep(LONG)
        except BaseException as error:  # noqa: BLE001
            interruptions.append(error)
        return "late"

    with pytest.raises(TaskRunTimeoutError):
        stubborn()
    assert not interruptions
    with pytest.raises(TaskRunTimeoutError):
        deaf()
    assert [type(error).__name__ for error in interruptions] == ["Expired"]
    assert {run.state_name for run in stored.task_runs()} == {"TimedOut"}


def test_an_error_that_comes_of_the_interruption_is_its_cause() -> None:
    @task(timeout_seconds=SHORT)
    def wrapped() -> None:
        try:
            time.sleep(LONG)
        except BaseException as error:
            raise RuntimeError("the query was aborted") from error

    with pytest.raises(TaskRunTimeoutError) as raised:
        wrapped()
    assert repr(raised.value.__cause__) == "RuntimeError('the query was aborted')"


def test_a_timeout_error_of_the_users_is_timed_out_too(face: Face, stored: Stored) -> None:
    @face.task(timeout_seconds=LONG)
    def asks() -> None:
        raise TimeoutError("the service does not answer")

    with pytest.raises(TimeoutError, match="does not answer"):
        face.run(asks)
    state = stored.task_run().state
    assert state is not None
    assert (state.name, state.message) == (
        "TimedOut",
        "Task run failed due to timeout: TimeoutError('the service does not answer')",
    )


def test_the_inner_and_the_outer_time_are_told_apart(stored: Stored) -> None:
    @task(timeout_seconds=SHORT)
    def inner() -> None:
        time.sleep(LONG)

    @flow(timeout_seconds=0.3)
    def outer() -> str:
        caught = str(inner(return_state=True).name)
        inner.with_options(name="second", timeout_seconds=LONG)()
        return caught

    state = outer(return_state=True)
    assert state.name == "TimedOut"
    assert stored.task_run("inner").state_name == "TimedOut"
    assert stored.task_run("second").state_name == "Crashed"


def test_both_times_are_up_at_once(stored: Stored) -> None:
    @task(timeout_seconds=0.1, retries=5)
    def inner() -> None:
        time.sleep(LONG)

    @flow(timeout_seconds=0.1)
    def outer() -> None:
        inner()

    assert outer(return_state=True).name == "TimedOut"
    assert stored.task_run().state_name in ("Crashed", "TimedOut", "Retrying")
    assert stored.task_run().state is not None
    assert stored.task_run().state_type in ("CRASHED", "FAILED")


def test_code_in_other_threads_is_interrupted_as_soon_as_python_can(stored: Stored) -> None:
    states: list[Any] = []

    @task(timeout_seconds=SHORT)
    def busy() -> None:
        while True:
            pass

    @flow(timeout_seconds=0.2)
    def around() -> None:
        while True:
            busy(return_state=True)

    thread = threading.Thread(target=lambda: states.append(around(return_state=True)))
    thread.start()
    thread.join(10)
    assert [state.name for state in states] == ["TimedOut"]
    assert {run.state_type for run in stored.task_runs()} <= {"FAILED", "CRASHED"}


def test_a_generator_has_its_own_time_and_not_that_of_its_consumer(face: Face, stored: Stored) -> None:
    @task(timeout_seconds=0.3)
    def numbers(pause: float) -> Iterator[int]:
        for number in range(3):
            time.sleep(pause)
            yield number

    @flow
    def patient() -> list[int]:
        taken: list[int] = []
        for number in numbers(0):
            time.sleep(0.15)
            taken.append(number)
        return taken

    assert patient() == [0, 1, 2]
    with pytest.raises(TaskRunTimeoutError):
        list(numbers(0.2))

    @task(timeout_seconds=0.2)
    async def awaited() -> Any:
        yield 1
        await asyncio.sleep(LONG)
        yield 2

    async def consume() -> list[int]:
        return [number async for number in awaited()]

    with pytest.raises(TaskRunTimeoutError):
        asyncio.run(consume())

    @flow
    def submits() -> list[Any]:
        return [numbers.submit(0).result(), awaited.submit(return_state=True).name]

    assert submits() == [[0, 1, 2], "TimedOut"]


def test_hooks_are_told_of_it(face: Face) -> None:
    wait, told = waiting(face), list[str]()

    @face.task(timeout_seconds=SHORT, on_failure=[lambda _task, _run, state: told.append(state.name)])
    def slow() -> Any:
        yield wait()

    @face.flow(timeout_seconds=LONG, on_failure=[lambda _flow, _run, state: told.append(state.type.value)])
    def around() -> Any:
        yield slow()

    with pytest.raises(TaskRunTimeoutError):
        face.run(around)
    assert told == ["TimedOut", "FAILED"]


def test_other_handlers_of_the_signal_are_left_alone() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGURG, lambda number, _: came.append(number))
    try:

        @task(timeout_seconds=LONG)
        def quick() -> None:
            signal.raise_signal(signal.SIGURG)

        quick()
        signal.raise_signal(signal.SIGURG)
        assert came == [signal.SIGURG, signal.SIGURG]
    finally:
        signal.signal(signal.SIGURG, before)
