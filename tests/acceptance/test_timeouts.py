"""Time-outs of tasks and flows: when they end what, and that what they leave behind is heard of no more."""

import asyncio
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headrace import allow_failure, flow, get_run_logger, task
from headrace.exceptions import FlowRunTimeoutError, TaskRunTimeoutError, UnfinishedRun
from headrace.runtime import task_run
from headrace.states import State
from headrace.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner
from tests.acceptance.faces import AsyncFace, Face
from tests.acceptance.stored import Stored

StartScript = Callable[[str], "subprocess.Popen[str]"]

LONG = 60.0  # seconds that nothing here takes, unless a time-out fails
SHORT = 0.05


class Waits:
    """Code that waits where no exception reaches it, until the test is over."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.threads: list[threading.Thread] = []

    def __call__(self) -> str:
        self.threads.append(threading.current_thread())
        self.is_over.wait(LONG)
        return "late"


@pytest.fixture
def waits() -> Iterator[Waits]:
    waits = Waits()
    yield waits
    waits.is_over.set()


def waiting(face: Face) -> Callable[[], Any]:
    """What waits as a body of this face does."""
    return (lambda: asyncio.sleep(LONG)) if isinstance(face, AsyncFace) else (lambda: time.sleep(LONG))


def eventually(holds: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


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
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Crashed"]


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


@pytest.mark.parametrize("max_workers", [1, None])
def test_submitted_work_that_is_blocked_is_left_and_all_else_goes_on(
    stored: Stored, waits: Waits, max_workers: int | None
) -> None:
    @task(timeout_seconds=SHORT)
    def blocked() -> str:
        return waits()

    @task
    def after(value: Any) -> str:
        return str(value)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=max_workers))
    def around() -> tuple[State[Any], str, State[Any], str]:
        future = blocked.submit()
        not_ready = after.with_options(name="not ready").submit(future)
        told = after.with_options(name="told").submit(allow_failure(future))
        beside = after.with_options(name="beside").submit("beside")
        with pytest.raises(TaskRunTimeoutError) as raised:
            future.result()
        assert any("in __call__" in note or "in wait" in note for note in raised.value.__notes__)
        with pytest.raises(UnfinishedRun):
            not_ready.result()
        return future.state, beside.result(), not_ready.state, told.result()

    state, beside, not_ready, told = around()
    assert (state.name, beside, not_ready.name) == ("TimedOut", "beside", "NotReady")
    assert told == "Task run exceeded timeout of 0.05 second(s)"
    assert stored.history(stored.task_run("blocked")) == ["Pending", "Running", "TimedOut"]


def test_a_submitted_run_is_tried_again_beside_the_attempt_that_is_left(stored: Stored, waits: Waits) -> None:
    counts: list[int] = []

    @task(timeout_seconds=SHORT, retries=1)
    def second_time() -> str:
        counts.append(task_run.run_count)
        return waits() if len(counts) == 1 else "in time"

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def around() -> str:
        return second_time.submit().result()

    assert around() == "in time"
    assert counts == [1, 2]
    assert not waits.is_over.is_set()
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Retrying", "Completed"]


def test_what_was_left_is_heard_of_no_more(stored: Stored, waits: Waits, capfd: pytest.CaptureFixture[str]) -> None:
    reached: list[str] = []

    @task
    def later() -> None:
        reached.append("a task of the attempt")

    @task
    def inside() -> str:
        told = waits()
        get_run_logger().warning("after the deadline")
        return told

    @task(timeout_seconds=SHORT)
    def blocked() -> None:
        try:
            inside()
        finally:
            later()

    @flow
    def around() -> str:
        return str(blocked.submit(return_state=True).name)

    assert around() == "TimedOut"
    run = stored.flow_run()
    before = [(each.name, each.state_name) for each in stored.task_runs()]
    assert sorted(name for _, name in before if name) == ["Crashed", "TimedOut"]
    waits.is_over.set()
    eventually(lambda: bool(reached))
    (thread,) = waits.threads
    assert thread.daemon
    assert [(each.name, each.state_name) for each in stored.task_runs()] == before
    assert not any("after the deadline" in log.message for log in stored.logs(run))
    lines = [line for line in capfd.readouterr().err.splitlines() if "Task run" in line]
    assert [line.partition("Finished in state ")[2] for line in lines if "Finished" in line] == [
        "TimedOut('Task run exceeded timeout of 0.05 second(s)')"
    ]
    assert not any("crashed" in line for line in lines)
    ended = stored.task_run("inside")
    assert ended.state is not None
    assert ended.state.message == "The run was left where it was. Task run exceeded timeout of 0.05 second(s)."


def test_what_a_task_submitted_is_no_part_of_its_time(stored: Stored, waits: Waits) -> None:
    @task
    def child() -> str:
        return waits()

    @task(timeout_seconds=0.2)
    def parent() -> None:
        child.submit()
        time.sleep(LONG)

    @flow
    def around() -> str:
        state: State[Any] = parent.submit(return_state=True)
        waits.is_over.set()
        return str(state.name)

    assert around() == "TimedOut"
    assert stored.history(stored.task_run("child")) == ["Pending", "Running", "Completed"]


def test_a_flow_leaves_what_it_submitted_when_its_time_is_up(face: Face, stored: Stored, waits: Waits) -> None:
    @task
    def blocked(x: int) -> str:
        return waits() + str(x)

    @face.flow(timeout_seconds=0.2, task_runner=ThreadPoolTaskRunner(max_workers=1))
    def too_long() -> None:
        blocked.map([1, 2])

    with pytest.raises(FlowRunTimeoutError):
        face.run(too_long)
    assert stored.flow_run().state_name == "TimedOut"
    (run,) = stored.task_runs()
    assert stored.history(run) == ["Pending", "Running", "Crashed"]
    waits.is_over.set()
    eventually(lambda: not waits.threads[0].is_alive() or waits.threads[0].name == "headrace-worker")
    assert stored.history(run) == ["Pending", "Running", "Crashed"]


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


@pytest.mark.parametrize("kind", ["task", "flow"])
def test_the_end_is_recorded_before_blocked_code_has_ended(stored: Stored, waits: Waits, kind: str) -> None:
    @task
    def inside() -> str:
        return waits()

    @task(timeout_seconds=SHORT)
    def limited_task() -> str:
        return waits()

    @flow(timeout_seconds=SHORT)
    def limited_flow() -> str:
        return inside()

    states: list[Any] = []
    limited: Any = limited_task if kind == "task" else limited_flow
    thread = threading.Thread(target=lambda: states.append(limited(return_state=True)))
    began = time.monotonic()
    thread.start()

    def state_name() -> str | None:
        runs: list[Any] = stored.task_runs() if kind == "task" else stored.flow_runs()
        return runs[0].state_name if runs else None

    eventually(lambda: state_name() == "TimedOut")
    assert time.monotonic() - began < SHORT + 2
    assert thread.is_alive()
    waits.is_over.set()
    thread.join(10)
    assert [state.name for state in states] == ["TimedOut"]
    assert state_name() == "TimedOut"
    if kind == "flow":
        assert stored.history(stored.flow_run()) == ["Pending", "Running", "TimedOut"]
        assert stored.history(stored.task_run()) == ["Pending", "Running", "Crashed"]
    else:
        assert stored.history(stored.task_run()) == ["Pending", "Running", "TimedOut"]


def test_a_loop_that_is_blocked_does_not_keep_the_end_from_being_recorded(stored: Stored, waits: Waits) -> None:
    @task(timeout_seconds=SHORT)
    async def blocks_the_loop() -> str:
        return waits()

    states: list[Any] = []
    thread = threading.Thread(target=lambda: states.append(asyncio.run(blocks_the_loop(return_state=True))))
    thread.start()
    eventually(lambda: [run.state_name for run in stored.task_runs()] == ["TimedOut"])
    waits.is_over.set()
    thread.join(10)
    assert [state.name for state in states] == ["TimedOut"]


def test_coroutines_that_are_submitted_are_cancelled_or_left(stored: Stored, waits: Waits) -> None:
    cleaned: list[str] = []

    @task(timeout_seconds=0.2)
    async def sleeps() -> None:
        try:
            await asyncio.sleep(LONG)
        finally:
            cleaned.append("closed")

    @task(timeout_seconds=SHORT, on_failure=[lambda _task, _run, state: cleaned.append(state.name)])
    async def blocks() -> str:
        return waits()

    @task(timeout_seconds=LONG)
    async def quick() -> int:
        await asyncio.sleep(0)
        return 3

    @flow
    async def around() -> list[str | None]:
        futures: list[Any] = [sleeps.submit(), blocks.submit(), quick.submit()]
        return [future.wait() or future.state.name for future in futures]

    assert asyncio.run(around()) == ["TimedOut", "TimedOut", "Completed"]
    assert sorted(cleaned) == ["TimedOut", "closed"]


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


def test_a_process_of_a_pool_is_free_for_the_next_run(stored: Stored) -> None:
    @task(timeout_seconds=0.2)
    def slow() -> None:
        time.sleep(LONG)

    @task
    def quick() -> int:
        return 5

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def around() -> tuple[str | None, int]:
        first, second = slow.submit(), quick.submit()
        first.wait()
        return first.state.name, second.result()

    assert around() == ("TimedOut", 5)
    assert stored.history(stored.task_run("slow")) == ["Pending", "Running", "TimedOut"]


def test_what_was_left_does_not_keep_the_process(start: StartScript, stored: Stored) -> None:
    process = start("""
        import time
        from headrace import flow, task

        @task(timeout_seconds=0.1)
        def blocked():
            time.sleep(600)

        @task
        def unlimited():
            time.sleep(600)

        @flow(timeout_seconds=0.5)
        def around():
            blocked.submit().wait()
            unlimited.submit()

        around()
    """)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "headrace.exceptions.FlowRunTimeoutError: Flow run exceeded timeout of 0.5 second(s)" in errors
    assert stored.flow_run().state_name == "TimedOut"
    assert stored.history(stored.task_run("blocked")) == ["Pending", "Running", "TimedOut"]
    assert stored.history(stored.task_run("unlimited")) == ["Pending", "Running", "Crashed"]
