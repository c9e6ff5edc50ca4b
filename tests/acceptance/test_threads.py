"""Runs in several threads of one process, and what becomes of them when the process ends first."""

import contextvars
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run
from tests.acceptance.conftest import StartScript
from tests.acceptance.stored import Stored


def test_flows_in_several_threads_are_kept_apart(stored: Stored) -> None:
    together = threading.Barrier(4)

    @task
    def step(number: int) -> int:
        get_run_logger().info("number %d", number)
        return number

    @flow
    def pipeline(number: int) -> tuple[int, str | None]:
        together.wait(timeout=30)
        return step(number), flow_run.id

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(pipeline, range(4)))
    runs = {str(run.id): run for run in stored.flow_runs()}
    assert [number for number, _ in answers] == [0, 1, 2, 3]
    for number, run_id in answers:
        run = runs[str(run_id)]
        (task_run,) = stored.task_runs(run)
        assert run.parameters == {"number": number}
        assert stored.lines(run, task_run)[0] == f"number {number}"


def test_a_thread_that_takes_the_context_along_works_for_the_flow(stored: Stored) -> None:
    @task
    def step(number: int) -> int:
        return number

    @flow
    def pipeline() -> list[int]:
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(contextvars.copy_context().run, step, number) for number in range(5)]
            return [done.result() for done in waiting]

    assert pipeline() == [0, 1, 2, 3, 4]
    run = stored.flow_run()
    assert {task_run.flow_run_id for task_run in stored.task_runs()} == {run.id}
    assert stored.history(run)[-1] == "Completed"


def test_a_thread_without_the_context_has_task_runs_of_its_own(stored: Stored) -> None:
    @task
    def step(number: int) -> int:
        return number

    @flow
    def pipeline() -> list[int]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(step, range(2)))

    assert pipeline() == [0, 1]
    assert [run.flow_run_id for run in stored.task_runs()] == [None, None]


def test_what_the_end_of_the_process_cuts_off_is_crashed(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import threading

        from headrace import flow, task

        entered = threading.Event()

        @task
        def wait():
            entered.set()
            threading.Event().wait()

        @flow
        def pipeline():
            wait()

        threading.Thread(target=pipeline, daemon=True).start()
        assert entered.wait(30)
        """
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    for run in (stored.flow_run(), stored.task_run()):
        assert stored.history(run) == ["Pending", "Running", "Crashed"]
        assert stored.states(run)[-1].message == "The process ended before this run did."


def test_what_a_killed_process_reported_is_there_and_its_runs_are_crashed(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import signal

        from headrace import flow, get_run_logger, task

        @task
        def extract():
            return [1]

        @task
        def wait(rows):
            get_run_logger().info("%d rows", len(rows))
            print("waiting", flush=True)
            signal.pause()

        @flow
        def pipeline():
            wait(extract())

        pipeline()
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.kill()
    process.communicate(timeout=60)
    # Whoever looks at runs finishes what dead processes left.
    subprocess.run([sys.executable, "-m", "headrace", "flow-run", "ls"], check=True, capture_output=True, timeout=60)
    run, extract, wait = stored.flow_run("pipeline"), stored.task_run("extract"), stored.task_run("wait")
    assert stored.history(extract) == ["Pending", "Running", "Completed"]
    assert stored.history(wait) == stored.history(run) == ["Pending", "Running", "Crashed"]
    assert stored.inputs(wait) == {"rows": [extract.id]}
    assert stored.lines(run, wait) == ["1 rows"]
    assert str(process.pid) in str(stored.states(run)[-1].message)
