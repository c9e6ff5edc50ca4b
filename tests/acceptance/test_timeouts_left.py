"""What a time-out leaves behind: blocked code, runs that it called, threads and processes; and who goes on."""

import asyncio
import re
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from headrace import allow_failure, flow, get_run_logger, task
from headrace.exceptions import FlowRunTimeoutError, TaskRunTimeoutError, UnfinishedRun
from headrace.runtime import task_run
from headrace.states import State
from headrace.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored
from tests.acceptance.waits import LONG, SHORT, Waits, eventually

StartScript = Callable[[str], "subprocess.Popen[str]"]


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

        @flow(timeout_seconds=2)
        def around():
            unlimited.submit()
            blocked.submit().wait()

        around()
    """)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "headrace.exceptions.FlowRunTimeoutError: Flow run exceeded timeout of 2.0 second(s)" in errors
    assert stored.flow_run().state_name == "TimedOut"
    assert stored.history(stored.task_run("blocked")) == ["Pending", "Running", "TimedOut"]
    assert stored.history(stored.task_run("unlimited")) == ["Pending", "Running", "Crashed"]


@pytest.mark.parametrize("max_workers", [1, None])
def test_a_submitted_subflow_is_left_at_its_deadline(
    face: Face, stored: Stored, waits: Waits, max_workers: int | None
) -> None:
    @task
    def blocked() -> str:
        return waits()

    @face.flow(timeout_seconds=1)
    def limited(calls_it: bool) -> None:
        blocked() if calls_it else blocked.submit()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=max_workers))
    def around() -> list[str | None]:
        futures: list[Any] = [limited.submit(True), limited.submit(False)]
        return [future.wait() or future.state.name for future in futures]

    assert around() == ["TimedOut", "TimedOut"]
    assert [run.state_name for run in stored.flow_runs()] == ["Completed", "TimedOut", "TimedOut"]
    assert sorted(str(run.state_name) for run in stored.task_runs()) == ["Crashed", "Crashed", "TimedOut", "TimedOut"]


def test_a_process_whose_code_keeps_the_interpreter_to_itself_is_killed(stored: Stored) -> None:
    @task(timeout_seconds=0.2)
    def stuck() -> None:
        re.match("(a+)+$", "a" * 60 + "b")

    @task
    def quick() -> int:
        return 5

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def around() -> tuple[str | None, int]:
        first, second = stuck.submit(), quick.submit()
        with pytest.raises(TaskRunTimeoutError):
            first.result()
        return first.state.name, second.result()

    assert around() == ("TimedOut", 5)
    assert stored.task_run("stuck").state_name == "TimedOut"
