"""The process-pool task runner: what crosses the border to other processes and back, and what is stored of it."""

import asyncio
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest

from headrace import allow_failure, flow, get_run_logger, runtime, tags, task
from headrace.exceptions import HeadraceException, SerializationError
from headrace.settings import Settings, get_current_settings, temporary_settings
from headrace.states import State
from headrace.task_runners import ProcessPoolTaskRunner
from tests.acceptance.doors import embedded_alone
from tests.acceptance.stored import Stored

StartScript = Callable[[str], "subprocess.Popen[str]"]

initialized_with: list[object] = []


@task
def process_id() -> int:
    return os.getpid()


@task
def double(x: int) -> int:
    return 2 * x


@task
async def add(x: int, y: int) -> int:
    return x + y


@task
def made(x: int) -> dict[str, int]:
    return {"x": x}


@task
def take(value: object, more: object = None) -> object:
    return value


@task
def fail(why: str) -> None:
    raise ValueError(why)


@task
def settings_there() -> Settings:
    return get_current_settings()


def initialize(*values: object) -> None:
    initialized_with.extend(values)


@task
def what_was_initialized() -> list[object]:
    return initialized_with


def test_tasks_run_in_other_processes_and_are_stored_as_any_others_are(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def spread() -> tuple[int, list[int], int]:
        return process_id.submit().result(), double.map([1, 2, 3]).result(), add.submit(1, y=2).result()

    process, doubled, added = spread()

    assert process != os.getpid()
    assert (doubled, added) == ([2, 4, 6], 3)
    runs = stored.task_runs()
    assert sorted(run.name.rpartition("-")[0] for run in runs) == ["add", "double", "double", "double", "process_id"]
    assert {tuple(stored.history(run)) for run in runs} == {("Pending", "Running", "Completed")}
    assert {run.flow_run_id for run in runs} == {stored.flow_run().id}


async def _spread() -> list[int]:
    return [await add(1, 1), add.submit(1, 2).result(), *add.map([1, 2], 3).result()]


def test_coroutine_flows_submit_to_processes_as_well(stored: Stored) -> None:
    spread = flow(task_runner=ProcessPoolTaskRunner(max_workers=1))(_spread)

    assert asyncio.run(spread()) == [2, 3, 4, 5]
    assert len(stored.task_runs()) == 4


def test_the_context_crosses(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    @task(task_run_name="for {day}", log_prints=True)
    def look(day: str) -> dict[str, Any]:
        get_run_logger().info("at %s", day)
        print("printed")
        logging.getLogger("other").warning("by the way")
        return {
            "flow": runtime.flow_run.flow_name,
            "id": runtime.flow_run.id,
            "name": runtime.flow_run.name,
            "parameters": dict(runtime.flow_run.parameters),
            "tags": sorted(runtime.task_run.tags),
        }

    @flow(name="daily", task_runner=ProcessPoolTaskRunner(max_workers=1))
    def daily(place: str, lock: object) -> dict[str, Any]:
        with tags("night"):
            return look.submit("monday").result()

    monkeypatch.setenv("HEADRACE_LOGGING_EXTRA_LOGGERS", "other")
    seen = daily("Oslo", threading.Lock())

    run, task_run = stored.flow_run(), stored.task_runs()[0]
    assert seen == {
        "flow": "daily",
        "id": str(run.id),
        "name": run.name,
        "parameters": {"place": "Oslo"},  # what cannot cross is left out
        "tags": ["night"],
    }
    assert (task_run.name, task_run.tags) == ("for monday", ["night"])
    assert stored.lines(run, task_run) == ["at monday", "printed", "by the way", "Finished in state Completed()"]


@embedded_alone
def test_settings_cross(tmp_path: Any, stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def elsewhere() -> str:
        return str(settings_there.submit().result().home)

    with temporary_settings({"HEADRACE_HOME": tmp_path / "other"}):
        assert elsewhere() == str(tmp_path / "other")
        assert len(stored.task_runs()) == 1
    assert stored.task_runs() == []


def test_results_lead_to_edges_however_they_are_handed_on(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
    def chain() -> None:
        first = made.submit(500)
        by_future = take.submit(first)
        by_identity = take.submit([first.result()], wait_for=[by_future])
        assert by_identity.result() == [{"x": 500}]

    chain()

    first, by_future, by_identity = stored.task_runs()
    assert stored.inputs(by_future) == {"value": [first.id]}
    assert stored.inputs(by_identity) == {"value": [first.id], "wait_for": [by_future.id]}


def test_an_error_crosses_with_its_traceback_and_those_behind_it_never_begin(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def failing() -> tuple[State[Any], State[Any], object]:
        failed = fail.submit("no rows")
        after, allowed = take.submit(failed), take.submit(allow_failure(failed))
        with pytest.raises(ValueError, match="no rows") as caught:
            failed.result()
        assert re.search(r"test_process_pool.py\", line \d+, in fail\n\s+raise ValueError", str(caught.value.__cause__))
        after.wait()
        return failed.state, after.state, allowed.result()

    failed, after, allowed = failing()

    assert failed.message == "Task run encountered an exception: ValueError: no rows"
    assert (failed.name, after.name) == ("Failed", "NotReady")
    assert isinstance(allowed, ValueError)
    assert [stored.history(run)[-1] for run in stored.task_runs()] == ["Failed", "NotReady", "Completed"]


def test_retries_and_hooks_take_place_in_the_process(stored: Stored, tmp_path: Any) -> None:
    witness = tmp_path / "hooks"

    def told(of_task: Any, run: Any, state: Any) -> None:
        with witness.open("a") as file:
            file.write(f"{of_task.name} {state.name} {os.getpid() != here}\n")

    here = os.getpid()

    @task(retries=2, on_running=[told], on_completion=[told])
    def third_time() -> int:
        if runtime.task_run.run_count < 3:
            raise ValueError("not yet")
        return runtime.task_run.run_count

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def retrying() -> int:
        return third_time.submit().result()

    assert retrying() == 3
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Retrying", "Retrying", "Completed"]
    assert witness.read_text().splitlines() == [
        "third_time Running True",
        "third_time Retrying True",
        "third_time Retrying True",
        "third_time Completed True",
    ]


def test_a_task_in_a_process_calls_submits_and_runs_subflows(stored: Stored) -> None:
    @flow
    def inner(x: int) -> int:
        return double.submit(x).result()

    @task
    def outer() -> tuple[int, int, int, bool]:
        left = double.submit(3)
        return double(1), inner(2), left.result(), process_id.submit().result() == os.getpid()

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def nesting() -> tuple[int, int, int, bool]:
        return outer.submit().result()

    assert nesting() == (2, 4, 6, True)
    run = stored.flow_run("nesting")
    by_name = {each.name.rpartition("-")[0]: each for each in stored.task_runs(run)}
    assert sorted(by_name) == ["double", "inner", "outer", "process_id"]
    assert len(stored.task_runs(run)) == 5  # two of double
    assert [each.id for each in by_name["inner"].task_inputs["__parents__"]] == [by_name["outer"].id]
    assert stored.flow_run("inner").parent_task_run_id == by_name["inner"].id
    assert {each.state_name for each in stored.task_runs()} == {"Completed"}


def test_subflows_run_on_threads_beside_the_processes(stored: Stored) -> None:
    @flow
    def inner(x: int) -> tuple[int, int]:
        return os.getpid(), double.submit(x).result()

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def spread() -> int:
        return process_id.submit().result()

    @task
    def outer(x: tuple[int, int]) -> tuple[bool, int]:
        process, doubled = inner.submit(x[1]).result()
        return process == os.getpid(), doubled

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def mixed() -> Any:
        first = inner.submit(double.submit(1))
        others = inner.map([3, 4], wait_for=[first])
        return first.result(), others.result(), outer.submit(first).result(), spread.submit().result()

    first, others, crossed, process = mixed()

    assert [first, *others] == [(os.getpid(), 4), (os.getpid(), 6), (os.getpid(), 8)]
    assert crossed == (True, 8)
    assert process != os.getpid()
    run = stored.flow_run("mixed")
    shown = [each.id for each in stored.task_runs(run) if each.name.startswith(("inner-", "spread-"))]
    assert sorted(each.parent_task_run_id for each in stored.flow_runs()[1:] if each.parent_task_run_id) == sorted(
        shown
    )
    assert len(shown) == 5
    assert {each.state_name for each in (*stored.task_runs(), *stored.flow_runs())} == {"Completed"}


class Unreadable:
    def __reduce__(self) -> Any:
        return _unreadable, ()


def _unreadable() -> None:
    raise OSError("gone")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (threading.Lock(), "its argument 'more', a lock, cannot be pickled (TypeError: cannot pickle"),
        (Unreadable(), "another process, which cannot read it (OSError: gone)"),
    ],
    ids=["unpicklable", "unreadable"],
)
def test_an_argument_that_cannot_cross_fails_the_task_and_is_named(stored: Stored, value: object, told: str) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def handing_over() -> None:
        future = take.submit(1, more=value)
        with pytest.raises(SerializationError, match="Task 'take' cannot be carried out in another process"):
            future.result()
        assert told in str(future.state.message)

    handing_over()

    assert stored.history(stored.task_run()) == ["Pending", "Failed"]


def test_a_result_that_cannot_cross_fails_the_task(stored: Stored) -> None:
    @task
    def lock() -> Any:
        return threading.Lock()

    @task
    def unreadable() -> Any:
        return Unreadable()

    @task
    def items() -> Iterator[Any]:
        yield threading.Lock()

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def handing_back() -> None:
        with pytest.raises(SerializationError, match=r"What task 'lock' returned, a lock, cannot be pickled"):
            lock.submit().result()
        with pytest.raises(
            SerializationError, match=r"What task 'unreadable' returned cannot be read .* OSError: gone"
        ):
            (future := unreadable.submit()).result()
        assert future.state.is_completed()
        with pytest.raises(SerializationError, match=r"What task 'items' returned, a list, cannot be pickled"):
            items.submit().result()

    handing_back()

    assert stored.history(stored.task_run("lock")) == ["Pending", "Running", "Failed"]
    assert stored.history(stored.task_run("unreadable")) == ["Pending", "Running", "Completed"]


class TwoPart(Exception):
    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right}")


def test_an_error_that_cannot_be_read_back_is_told_by_its_type_and_text() -> None:
    @task
    def raise_it() -> None:
        raise TwoPart("here", "there")

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def failing() -> None:
        with pytest.raises(HeadraceException, match="TwoPart: here and there"):
            raise_it.submit().result()

    failing()


def test_each_process_calls_the_initializer_first() -> None:
    runner = ProcessPoolTaskRunner(max_workers=1, initializer=initialize, initargs=("ready", 1))

    @flow(task_runner=runner)
    def prepared() -> list[object]:
        return what_was_initialized.submit().result()

    assert prepared() == ["ready", 1]
    assert initialized_with == []


def test_a_retry_of_the_flow_runs_no_task_again_that_completed(stored: Stored) -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1), retries=1)
    def twice() -> int:
        process = process_id.submit().result()
        if runtime.flow_run.run_count == 1:
            raise ValueError("once more")
        return process

    twice()

    assert [stored.history(run)[-1] for run in stored.task_runs()] == ["Completed", "Cached"]


def test_a_runner_can_be_used_outside_of_flows(stored: Stored) -> None:
    with ProcessPoolTaskRunner(max_workers=1) as runner:
        assert runner.submit(double, {"x": 5}).result() == 10
    assert stored.task_run().flow_run_id is None


def test_scripts_need_no_guard_and_hand_over_what_they_define(start: StartScript) -> None:
    script = start(
        """
        from dataclasses import dataclass
        from headrace import flow, task
        from headrace.task_runners import ProcessPoolTaskRunner

        @dataclass
        class Point:
            x: int

        factor = 3

        @task
        def scaled(point: Point) -> Point:
            assert isinstance(point, Point)
            return Point(point.x * factor)

        nameless = task(lambda x: x + 1)

        @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
        def f():
            point = scaled.submit(Point(2)).result()
            return isinstance(point, Point), point, nameless.submit(1).result()

        print(f())
        """
    )
    out, err = script.communicate(timeout=60)
    assert (script.returncode, out) == (0, "(True, Point(x=6), 2)\n"), err


def test_code_for_the_peer_runs_in_processes_under_the_alias(tmp_path: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        dedent(
            """
            from prefect import flow, runtime, task
            from prefect.task_runners import ProcessPoolTaskRunner

            @task
            def look():
                import prefect
                return prefect.__name__, runtime.flow_run.flow_name

            @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
            def f():
                print(look.submit().result())

            f()
            """
        )
    )
    ran = subprocess.run(
        [sys.executable, "-m", "headrace.compat", str(script)], capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.stdout == "('headrace', 'f')\n", ran.stderr


def test_a_runner_needs_a_worker_and_is_named() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        ProcessPoolTaskRunner(max_workers=0)
    assert ProcessPoolTaskRunner().name == "processpool"
    with pytest.raises(RuntimeError, match="has not been entered"):
        ProcessPoolTaskRunner().submit(double, {"x": 1})
