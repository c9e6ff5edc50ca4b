"""Submitted subflows where something ends before its time: the subflow, its parent, or the process."""

import signal
from typing import Any

import pytest

from headrace import flow, task
from headrace.exceptions import CancelledRun
from headrace.task_runners import TaskRunner, ThreadPoolTaskRunner
from tests.acceptance.conftest import StartScript
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored

INTERRUPTED = """
    import asyncio
    import logging
    import os
    import signal
    import threading

    from headrace import flow, task
    from headrace.task_runners import ThreadPoolTaskRunner

    began, told = threading.Event(), threading.Event()

    class Told(logging.Handler):
        def emit(self, record):
            told.set()

    logging.getLogger("headrace.task_runner.threadpool").addHandler(Told())

    @task
    {kind} leaf():
        return 1

    @flow
    {kind} child():
        began.set()
        {work}
        return leaf.submit().result()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    {kind} parent():
        futures = [child.submit() for _ in range(3)]
        began.wait()
        {then}
        {wait}

    {run}
"""
FACES = {
    "sync": {"kind": "def", "wait": "threading.Event().wait()", "run": "parent()"},
    "async": {"kind": "async def", "wait": "await asyncio.Event().wait()", "run": "asyncio.run(parent())"},
}


@pytest.mark.parametrize("face", FACES)
def test_an_interrupted_parent_waits_for_the_subflows_that_have_begun_and_drops_the_others(
    face: str, start: StartScript, stored: Stored
) -> None:
    script = INTERRUPTED.format(work="told.wait()", then="os.kill(os.getpid(), signal.SIGINT)", **FACES[face])
    process = start(script)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, errors
    assert "Waiting for the task runs that have begun: interrupt once more to leave them." in errors
    assert stored.flow_run("parent").state_name == "Crashed"
    assert stored.flow_run("child").state_name == "Completed"
    (shown,) = stored.task_runs(stored.flow_run("parent"))
    assert shown.state_name == "Completed"
    assert stored.task_run("leaf").state_name == "Completed"


@pytest.mark.parametrize("face", FACES)
def test_a_termination_signal_is_raised_in_the_main_thread_alone(face: str, start: StartScript, stored: Stored) -> None:
    script = INTERRUPTED.format(work="os.kill(os.getpid(), signal.SIGTERM); told.wait()", then="", **FACES[face])
    process = start(script)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, errors
    assert (
        stored.states(stored.flow_run("parent"))[-1].message == "The run was ended by a termination signal (SIGTERM)."
    )
    assert stored.history(stored.flow_run("child")) == ["Pending", "Running", "Completed"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit(7)], ids=["Ctrl-C", "exit"])
def test_an_interrupted_subflow_is_crashed_and_its_parent_goes_on(error: Any, face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> None:
        raise error

    @face.flow
    def parent() -> Any:
        return str(child.submit(return_state=True).name)

    assert face.run(parent) == "Crashed"
    assert stored.flow_run("child").state_name == stored.task_run("child").state_name == "Crashed"
    assert stored.flow_run("parent").state_name == "Completed"


def test_a_subflow_that_is_dropped_never_begins(stored: Stored) -> None:
    runners: list[ThreadPoolTaskRunner] = []

    class Kept(ThreadPoolTaskRunner):
        def __enter__(self) -> Any:
            runners.append(self)
            return super().__enter__()

    @task
    def first() -> None:
        runners[0].cancel_all()

    @flow
    def child() -> None: ...

    @flow(task_runner=Kept(max_workers=1))
    def parent() -> Any:
        futures = [first.submit(), child.submit()]
        with pytest.raises(CancelledRun):
            futures[1].result()
        return futures[1].state.name

    assert issubclass(Kept, TaskRunner)
    assert parent() == "Cancelled"
    assert len(stored.flow_runs()) == 1
