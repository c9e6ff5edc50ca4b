"""How processes of a task runner end: killed, interrupted, with their script, or before they have begun."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from headrace import flow, task
from headrace._engine.process_worker import _Work
from headrace.exceptions import CrashedRun, FailedRun, MissingResult, UnfinishedRun
from headrace.journal import Journal
from headrace.task_runners import ProcessPoolTaskRunner
from tests.acceptance.stored import Stored

StartScript = Callable[[str], "subprocess.Popen[str]"]


@task
def process_id() -> int:
    return os.getpid()


@task
def double(x: int) -> int:
    return 2 * x


@task
def vanish() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@task
def leave(code: int) -> None:
    os._exit(code)


def test_a_killed_process_crashes_its_task_and_no_other(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def losing() -> list[Any]:
        lost, left = vanish.submit(), leave.submit(7)
        doubled = double.map(range(6)).result()
        with pytest.raises(CrashedRun, match="was killed by SIGKILL"):
            lost.result()
        left.wait()
        return [doubled, left.state.message]

    doubled, message = losing()

    assert doubled == [0, 2, 4, 6, 8, 10]
    assert re.fullmatch(r"The process \d+ of the task runner.* ended with exit code 7\.", message)
    crashed = [run for run in stored.task_runs() if run.state_name == "Crashed"]
    assert sorted(run.name.rpartition("-")[0] for run in crashed) == ["leave", "vanish"]
    for run in crashed:
        assert stored.history(run) == ["Pending", "Running", "Crashed"]
        assert stored.lines(stored.flow_run(), run) == [run.state.message if run.state is not None else ""]
    assert len(stored.task_runs()) == 8


def test_a_process_that_is_killed_between_two_calls_takes_none_with_it(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def going_on() -> int:
        os.kill(process_id.submit().result(), signal.SIGKILL)
        return double.submit(4).result()

    assert going_on() == 8
    assert {run.state_name for run in stored.task_runs()} == {"Completed"}


def die_before_storing() -> None:
    """Makes the process one that is killed when it has told its result, and is to store what it has reported."""
    Journal.flush = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]


def test_a_process_that_is_killed_behind_its_reply_takes_nothing_with_it(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1, initializer=die_before_storing))
    def going_on() -> list[Any]:
        futures = [double.submit(n) for n in (2, 3)]
        return [future.result() for future in futures] + [future.state.name for future in futures]

    assert going_on() == [4, 6, "Completed", "Completed"]
    assert [stored.history(run) for run in stored.task_runs()] == [["Pending", "Running", "Completed"]] * 2


def die_before_replying() -> None:
    """Makes the process one that is killed when a run has ended, and before it tells what that returned or raised."""
    carried_out = _Work.carried_out

    def vanishing(work: _Work, request: bytes) -> bytes:
        carried_out(work, request)
        os.kill(os.getpid(), signal.SIGKILL)
        return b""

    _Work.carried_out = vanishing  # type: ignore[method-assign]


@task
def fail() -> None:
    raise LookupError("no such thing")


def test_a_run_that_ended_before_its_process_was_killed_is_what_it_came_to_and_its_result_is_lost(
    stored: Stored,
) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1, initializer=die_before_replying))
    def losing() -> list[str]:
        lost = double.submit(2)
        needs, follows, failed = double.submit(lost), double.submit(3, wait_for=[lost]), fail.submit()
        with pytest.raises(MissingResult, match=r"came to Completed\(\), .* is lost. The process \d+ .* by SIGKILL"):
            lost.result()
        with pytest.raises(MissingResult):
            lost.state.result()
        with pytest.raises(FailedRun, match="LookupError: no such thing"):
            failed.result()
        with pytest.raises(UnfinishedRun, match="has no result: MissingResult: The run came to"):
            needs.result()
        return [future.state.name for future in (lost, needs, follows, failed)]

    states = losing()

    assert states == ["Completed", "NotReady", "Completed", "Failed"]
    assert Counter(run.state_name for run in stored.task_runs()) == Counter(states)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT], ids=lambda number: number.name)
def test_all_processes_may_be_killed_while_they_have_nothing_to_do(stored: Stored, number: signal.Signals) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def going_on() -> list[int]:
        for process in set(process_ids.map(range(4)).result()):
            os.kill(process, number)
        return double.map(range(4)).result()

    assert going_on() == [0, 2, 4, 6]
    assert {run.state_name for run in stored.task_runs()} == {"Completed"}


@task
def process_ids(_: int) -> int:
    return os.getpid()


def test_an_initializer_that_raises_is_told_of() -> None:
    def refuse() -> None:
        raise RuntimeError("no licence")

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1, initializer=refuse))
    def unprepared() -> None:
        with pytest.raises(CrashedRun, match="initializer of the task runner raised RuntimeError: no licence"):
            double.submit(1).result()

    unprepared()


@task
def segfault() -> None:
    ctypes.string_at(0)


def test_a_process_that_cannot_be_started_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def hopeless() -> None:
        with pytest.raises(CrashedRun, match=r"A process of the task runner could not be started: .*nowhere"):
            double.submit(1).result()

    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    hopeless()


def test_a_process_that_ends_by_a_fault_is_told_of() -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def failing() -> int:
        with pytest.raises(CrashedRun, match="was killed by SIGSEGV"):
            segfault.submit().result()
        return double.submit(2).result()

    assert failing() == 4


@pytest.mark.parametrize("target", ["process", "group"])
def test_ctrl_c_ends_the_tasks_and_their_processes(start: StartScript, stored: Stored, target: str) -> None:
    script = start(
        """
        import os, signal, time
        from headrace import flow, task
        from headrace.task_runners import ProcessPoolTaskRunner

        @task
        def work(n):
            os.write(1, f"{os.getpid()}\\n".encode())  # in one step, beside the others
            time.sleep(100)

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
        def f():
            work.map(range(4)).result()

        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setpgid(0, 0)
        f()
        """
    )
    assert script.stdout is not None
    processes = [int(script.stdout.readline()) for _ in range(2)]
    (os.kill if target == "process" else os.killpg)(script.pid, signal.SIGINT)
    script.communicate(timeout=60)

    assert script.returncode != 0
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    assert {run.state_name for run in stored.flow_runs()} == {"Crashed"}
    # One that waited may have begun in the place of one that ended before the script heard of the signal.
    assert {run.state_name for run in stored.task_runs()} == {"Crashed"}


def test_processes_end_with_a_script_that_is_killed(start: StartScript) -> None:
    script = start(
        """
        import os, time
        from headrace import flow, task
        from headrace.task_runners import ProcessPoolTaskRunner

        @task
        def work():
            os.write(1, f"{os.getpid()}\\n".encode())  # in one step, beside the others
            time.sleep(100)

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def f():
            work.submit().result()

        f()
        """
    )
    assert script.stdout is not None
    script.stdout.readline()
    script.kill()
    # The pipes end with the last process that holds them.
    script.communicate(timeout=60)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_a_runner_start_whatever_multiprocessing_starts_its_own_by(
    start: StartScript, stored: Stored, method: str
) -> None:
    script = start(
        f"""
        import multiprocessing

        from headrace import flow, task
        from headrace.task_runners import ProcessPoolTaskRunner

        @task
        def absolute(numbers):
            with multiprocessing.get_context({method!r}).Pool(1) as pool:
                return pool.map(abs, numbers)

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def pipeline():
            return absolute.submit([-1, 2]).result()

        if __name__ == "__main__":
            multiprocessing.set_start_method({method!r})
            print(pipeline())
        """
    )
    printed, errors = script.communicate(timeout=60)
    assert (script.returncode, printed) == (0, "[1, 2]\n"), errors
    assert {run.state_name for run in stored.task_runs()} == {"Completed"}
