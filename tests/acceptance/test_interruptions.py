"""Runs interrupted from without are Crashed, with the reason; and the process ends as it would without Headrace."""

import signal
from subprocess import Popen

import pytest

from tests.acceptance.conftest import StartScript
from tests.acceptance.stored import Stored

PLAIN = """
    import os
    import signal
    import sys

    from headrace import flow, task

    @task
    def wait():
        {interruption}

    @flow
    def pipeline():
        wait()

    pipeline()
"""
ASYNCHRONOUS = """
    import asyncio
    import os
    import signal
    import sys

    from headrace import flow, task

    @task
    async def wait():
        {interruption}

    @flow
    async def pipeline():
        await wait()

    asyncio.run(pipeline())
"""

# A process sends the signal to itself, so that it comes at a known place. (From another process it may come just before
# the interpreter begins to wait in a system call: then Python looks at it only when that call ends.)
IN_THE_TASK = "os.kill(os.getpid(), {signal})"
IN_THE_LOOP = "asyncio.get_running_loop().call_soon(os.kill, os.getpid(), {signal}); await asyncio.Event().wait()"

everywhere = pytest.mark.parametrize(
    ("script", "place"),
    [(PLAIN, IN_THE_TASK), (ASYNCHRONOUS, IN_THE_TASK), (ASYNCHRONOUS, IN_THE_LOOP)],
    ids=["sync", "async, in the task", "async, in the loop"],
)


def ended(process: "Popen[str]") -> tuple[int, str]:
    """How a process ended: its exit code, and what it wrote to standard error."""
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def assert_crashed(stored: Stored, reason: str) -> None:
    for run in (stored.flow_run(), stored.task_run()):
        assert stored.history(run) == ["Pending", "Running", "Crashed"]
        assert stored.states(run)[-1].message == reason
    assert stored.lines(stored.flow_run())[-1] == f"Finished in state Crashed({reason!r})"


@pytest.mark.parametrize("script", [PLAIN, ASYNCHRONOUS], ids=["sync", "async"])
def test_an_exit_keeps_its_code(script: str, start: StartScript, stored: Stored) -> None:
    code, errors = ended(start(script.format(interruption="sys.exit(7)")))
    assert code == 7, errors
    assert_crashed(stored, "The run was ended by the program's exit (SystemExit: 7).")


def test_ctrl_c_ends_a_plain_flow(start: StartScript, stored: Stored) -> None:
    code, errors = ended(start(PLAIN.format(interruption=IN_THE_TASK.format(signal="signal.SIGINT"))))
    assert code == -signal.SIGINT, errors
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert_crashed(stored, "The run was interrupted by Ctrl-C (SIGINT).")


def test_ctrl_c_ends_an_asynchronous_flow(start: StartScript, stored: Stored) -> None:
    code, errors = ended(start(ASYNCHRONOUS.format(interruption=IN_THE_LOOP.format(signal="signal.SIGINT"))))
    # The loop turns Ctrl-C into the cancellation of its main task.
    assert code == -signal.SIGINT, errors
    assert_crashed(stored, "The run was interrupted by Ctrl-C (SIGINT).")


@everywhere
def test_a_termination_signal_ends_the_run_and_the_process(
    script: str, place: str, start: StartScript, stored: Stored
) -> None:
    code, errors = ended(start(script.format(interruption=place.format(signal="signal.SIGTERM"))))
    assert code == 128 + signal.SIGTERM, errors
    assert_crashed(stored, "The run was ended by a termination signal (SIGTERM).")


def test_a_program_that_handles_the_signal_itself_keeps_its_handler(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import os
        import signal

        from headrace import flow

        heard = []
        signal.signal(signal.SIGTERM, lambda *_: heard.append("TERM"))

        @flow
        def pipeline():
            os.kill(os.getpid(), signal.SIGTERM)
            return heard

        print(pipeline())
        """
    )
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "['TERM']\n"), errors
    assert stored.flow_run().state_name == "Completed"


def test_behind_the_last_flow_a_termination_signal_acts_as_ever(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import os
        import signal

        from headrace import flow

        @flow
        def pipeline():
            return signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL

        assert pipeline()
        os.kill(os.getpid(), signal.SIGTERM)
        """
    )
    code, errors = ended(process)
    assert code == -signal.SIGTERM, errors
    assert stored.flow_run().state_name == "Completed"


def test_a_failure_nobody_handles_ends_the_process_as_ever(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        from headrace import flow

        @flow
        def pipeline():
            raise ValueError("no rows")

        pipeline()
        """
    )
    code, errors = ended(process)
    assert code == 1
    assert "\nValueError: no rows\n" in errors
    assert stored.flow_run().state_name == "Failed"


ON_A_LOOP_THAT_IS_CLOSED = """
    import asyncio
    import contextlib
    import gc

    from headrace import flow, task

    entered = []

    @task
    async def wait():
        entered.append(True)
        try:
            await asyncio.Event().wait()
        finally:
            {cleaning_up}

    @flow
    async def pipeline():
        await wait()

    loop = asyncio.new_event_loop()
    run = loop.create_task(pipeline())
    while not entered:
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    {closing}
    print("went on", flush=True)
"""


def test_a_loop_that_is_closed_in_the_middle_of_a_flow_leaves_it_crashed(start: StartScript, stored: Stored) -> None:
    script = ON_A_LOOP_THAT_IS_CLOSED.format(cleaning_up="print('cleaned up')", closing="del run, loop; gc.collect()")
    process = start(script)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "cleaned up\nwent on\n"), errors
    assert "RuntimeError" not in errors
    assert_crashed(stored, "The run was ended because its event loop was closed.")


def test_a_task_that_answers_its_closing_with_an_error_is_failed(start: StartScript, stored: Stored) -> None:
    closing = "with contextlib.suppress(OSError): run.get_coro().close()"
    script = ON_A_LOOP_THAT_IS_CLOSED.format(cleaning_up="raise OSError('the disk is full')", closing=closing)
    process = start(script)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "went on\n"), errors
    assert "RuntimeError" not in errors
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Failed"]
    assert str(stored.states(stored.task_run())[-1].message).endswith("OSError: the disk is full")
    assert stored.history(stored.flow_run()) == ["Pending", "Running", "Crashed"]


def test_a_flow_that_collects_an_abandoned_one_is_not_disturbed(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import asyncio
        import gc

        from headrace import flow, get_run_logger, task
        from headrace.runtime import flow_run, task_run

        @task
        async def wait():
            entered.append(True)
            await asyncio.Event().wait()

        @flow
        async def abandoned():
            await wait()

        entered = []

        def abandon():
            loop = asyncio.new_event_loop()
            run = loop.create_task(abandoned())
            while not entered:
                loop.run_until_complete(asyncio.sleep(0))
            loop.close()

        @task
        def collect():
            name = task_run.name
            gc.collect()
            get_run_logger().info("collected")
            return name == task_run.name

        @flow
        def pipeline():
            name = flow_run.name
            abandon()
            return collect() and name == flow_run.name

        gc.disable()
        assert pipeline()
        """
    )
    code, errors = ended(process)
    assert code == 0, errors
    assert "collected" in stored.lines(stored.flow_run("pipeline"), stored.task_run("collect"))
    assert stored.flow_run("abandoned").state_name == "Crashed"


SUBMITTED = """
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
            {then}

    logging.getLogger("headrace.task_runner.threadpool").addHandler(Told())

    @task
    def work():
        began.set()
        {work}

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline():
        futures = [work.submit() for _ in range(3)]
        began.wait()
        os.kill(os.getpid(), signal.SIGINT)

    pipeline()
"""


def test_an_interrupted_flow_waits_for_the_tasks_that_have_begun_and_drops_the_others(
    start: StartScript, stored: Stored
) -> None:
    code, errors = ended(start(SUBMITTED.format(work="told.wait()", then="pass")))
    assert code == -signal.SIGINT
    assert "Waiting for the task runs that have begun: interrupt once more to leave them." in errors
    assert stored.flow_run().state_name == "Crashed"
    assert [run.state_name for run in stored.task_runs()] == ["Completed"]


def test_interrupted_once_more_a_flow_leaves_its_tasks_behind(start: StartScript, stored: Stored) -> None:
    code, _ = ended(start(SUBMITTED.format(work="threading.Event().wait()", then="os.kill(os.getpid(), 2)")))
    assert code == -signal.SIGINT
    assert stored.flow_run().state_name == "Crashed"
    (run,) = stored.task_runs()
    assert (run.state_name, str(run.state and run.state.message)) == (
        "Crashed",
        "The run was left when its flow run was interrupted.",
    )


FORKED = """
    import os
    import signal

    # Before that of Headrace: the signal comes as early in the child as it can.
    os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM) if {early} else None)

    from headrace import flow

    @flow
    def pipeline():
        child = os.fork()
        if child == 0:
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
            os._exit(7)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())
        print("the child ended with", status)

    pipeline()
"""


@pytest.mark.parametrize(("early", "status"), [(True, -signal.SIGTERM), (False, 7)])
def test_sigterm_ends_a_forked_child_at_once_however_early_it_comes(
    early: bool, status: int, start: StartScript, stored: Stored
) -> None:
    """Who ends a child, as a multiprocessing.Pool does its workers, waits for it."""
    output, errors = start(FORKED.format(early=early)).communicate(timeout=60)
    assert output == f"the child ended with {status}\n", errors
    assert stored.flow_run().state_name == "Completed"


def test_threads_that_go_on_behind_the_journals_end_are_not_complained_of(start: StartScript) -> None:
    script = start(
        """
        import os
        from headrace import flow, get_run_logger, task
        from headrace._engine.session import close_session

        @task
        def late() -> None:
            pass

        @flow
        def pipeline() -> None:
            close_session()  # as the end of a process does, while daemon threads go on
            get_run_logger().info("behind the end")
            print(late.submit().state.name, flush=True)
            os._exit(0)

        pipeline()
        """
    )
    out, err = script.communicate(timeout=60)
    assert (script.returncode, out) == (0, "Cancelled\n"), err
    assert "Logging error" not in err
    assert "could not be" not in err
