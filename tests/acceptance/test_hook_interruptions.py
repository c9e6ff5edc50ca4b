"""Hooks and what interrupts: an interrupted run calls them, and a run that is interrupted in them loses nothing."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from headrace import flow, get_client, task
from headrace.runtime import flow_run
from headrace.states import Cancelled, Cancelling, Crashed
from headrace.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from tests.acceptance.conftest import StartScript
from tests.acceptance.faces import Face
from tests.acceptance.hook_calls import FLOW_OPTIONS, TASK_OPTIONS, Calls
from tests.acceptance.stored import Stored


@pytest.mark.parametrize("interruption", [SystemExit(3), KeyboardInterrupt()])
def test_a_flow_that_is_interrupted_has_crashed(
    face: Face, stored: Stored, calls: Calls, interruption: BaseException
) -> None:
    @face.task(**calls.of_each_kind(TASK_OPTIONS))
    def step() -> None:
        raise interruption

    @face.flow(**calls.of_each_kind(FLOW_OPTIONS))
    def pipeline() -> Iterator[Any]:
        yield step()

    with pytest.raises(type(interruption)):
        face.run(pipeline)
    assert calls == ["on_running: Running", "on_running: Running", "on_crashed: Crashed"]
    assert stored.flow_run().state_name == stored.task_run().state_name == "Crashed"


@pytest.mark.parametrize("return_state", [False, True])
@pytest.mark.parametrize("interruption", [SystemExit(3), KeyboardInterrupt()])
def test_an_interrupted_hook_loses_nothing_of_what_the_run_came_to(
    face: Face, stored: Stored, calls: Calls, interruption: BaseException, return_state: bool
) -> None:
    def interrupted(runnable: Any, run: Any, state: Any) -> None:
        raise interruption

    hooks = [interrupted, calls.hook("never")]
    for decorated in (face.task, face.flow):
        with pytest.raises(type(interruption)):
            face.run(decorated(on_completion=hooks)(lambda: 1), return_state=return_state)
    assert calls == []
    assert [run.state_name for run in (stored.flow_run(), stored.task_run())] == ["Completed", "Completed"]
    assert flow_run.id is None


def leave(*_: Any) -> None:
    raise SystemExit(3)


@task(on_completion=[leave], on_failure=[leave])
def left_in_hook(x: int) -> int:
    return 6 // x


@task
def double(x: int) -> int:
    return 2 * x


@pytest.mark.parametrize("runner", [ThreadPoolTaskRunner(), ProcessPoolTaskRunner(max_workers=1)], ids=lambda r: r.name)
def test_the_future_of_a_run_whose_hook_is_interrupted_says_what_the_run_came_to(
    stored: Stored, runner: TaskRunner[Any]
) -> None:
    """And who asks for its result is given the interruption, as one who calls the task is."""

    @flow(task_runner=runner)
    def pipeline() -> None:
        completed, failed = left_in_hook.submit(2), left_in_hook.submit(0)
        assert double.submit(completed).result() == 6
        failed.wait()
        assert (completed.state.name, failed.state.name) == ("Completed", "Failed")
        assert completed.state.result() == 3
        for future in (completed, failed):
            with pytest.raises(SystemExit):
                future.result()

    pipeline()
    assert [run.state_name for run in stored.task_runs()] == ["Completed", "Failed", "Completed"]


def test_a_run_whose_hook_is_interrupted_before_the_users_code_has_crashed(
    face: Face, stored: Stored, calls: Calls
) -> None:
    def interrupted(runnable: Any, run: Any, state: Any) -> None:
        raise SystemExit(3)

    for decorated, options in ((face.task, {}), (face.flow, {"on_crashed": [calls.hook("on_crashed")]})):
        with pytest.raises(SystemExit):
            face.run(decorated(on_running=[interrupted], **options)(lambda: calls.append("never")))
    assert calls == ["on_crashed: Crashed"]
    for run in (stored.flow_run(), stored.task_run()):
        assert stored.history(run) == ["Pending", "Running", "Crashed"]


@pytest.mark.parametrize(
    ("imposed", "called"),
    [(Cancelling, "on_cancellation: Cancelled"), (Cancelled, "on_cancellation: Cancelled"), (Crashed, None)],
)
def test_a_flow_that_others_cancel_calls_the_hooks_of_cancellation(
    face: Face, calls: Calls, imposed: Any, called: str | None
) -> None:
    @face.flow(**calls.of_each_kind(("on_cancellation", "on_failure")))
    def pipeline() -> None:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(flow_run.id, imposed(), force=True)

    face.run(pipeline, return_state=True)
    assert calls == ([called] if called else [])


CRASHING = """
    import asyncio, os, signal, sys
    from headrace import flow

    {prefix}def told(flow, flow_run, state):
        print("hook", state.name, state.message)

    {prefix}def last(flow, flow_run, state):
        print("last")

    @flow(on_crashed=[told, last])
    {prefix}def pipeline():
        {interruption}

    {start}
"""
PLAIN = {"prefix": "", "start": "pipeline()", "interruption": "os.kill(os.getpid(), signal.{signal})"}
IN_A_LOOP = {
    "prefix": "async ",
    "start": "asyncio.run(pipeline())",
    "interruption": "asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.{signal}); "
    "await asyncio.Event().wait()",
}


@pytest.mark.parametrize(
    ("script", "name", "code", "reason"),
    [
        (PLAIN, "SIGINT", -signal.SIGINT, "The run was interrupted by Ctrl-C (SIGINT)."),
        (PLAIN, "SIGTERM", 128 + signal.SIGTERM, "The run was ended by a termination signal (SIGTERM)."),
        (IN_A_LOOP, "SIGINT", -signal.SIGINT, "The run was interrupted by Ctrl-C (SIGINT)."),
        (IN_A_LOOP, "SIGTERM", 128 + signal.SIGTERM, "The run was ended by a termination signal (SIGTERM)."),
    ],
    ids=["sync, Ctrl-C", "sync, SIGTERM", "async, Ctrl-C", "async, SIGTERM"],
)
def test_a_signal_that_ends_the_run_calls_the_hooks_of_crashes(
    script: dict[str, str], name: str, code: int, reason: str, start: StartScript, stored: Stored
) -> None:
    interruption = script["interruption"].format(signal=name)
    process = start(CRASHING.format(**{**script, "interruption": interruption}))
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert printed.splitlines() == [f"hook Crashed {reason}", "last"]
    assert "never awaited" not in errors
    assert stored.history(stored.flow_run()) == ["Pending", "Running", "Crashed"]


def test_a_loop_that_is_closed_in_the_middle_of_a_flow_leaves_time_for_its_hooks(
    start: StartScript, stored: Stored
) -> None:
    process = start(
        """
        import asyncio
        import gc

        from headrace import flow

        entered = []

        async def told(flow, flow_run, state):
            await asyncio.sleep(0)
            print("hook", state.name)

        @flow(on_crashed=[told])
        async def pipeline():
            entered.append(True)
            await asyncio.Event().wait()

        loop = asyncio.new_event_loop()
        run = loop.create_task(pipeline())
        while not entered:
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        del run, loop
        gc.collect()
        print("went on", flush=True)
        """
    )
    printed, errors = process.communicate(timeout=60)
    assert (process.returncode, printed) == (0, "hook Crashed\nwent on\n"), errors
    assert "never awaited" not in errors
    assert stored.flow_run().state_name == "Crashed"
