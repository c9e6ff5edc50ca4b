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

both_faces = pytest.mark.parametrize("script", [PLAIN, ASYNCHRONOUS], ids=["sync", "async"])

RAISED_EXIT = "sys.exit(7)"
# The signal arrives while the task waits.
WAITS_FOR_A_SIGNAL = "print('waiting', flush=True); signal.pause()"
AWAITS_A_SIGNAL = "print('waiting', flush=True); await asyncio.Event().wait()"


def wait_until_it_waits(process: "Popen[str]") -> None:
    """Returns when the script has said that it waits."""
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n", process.communicate(timeout=60)[1]


def ended(process: "Popen[str]") -> tuple[int, str]:
    """How a process ended: its exit code, and what it wrote to standard error."""
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def assert_crashed(stored: Stored, reason: str) -> None:
    for run in (stored.flow_run(), stored.task_run()):
        assert stored.history(run) == ["Pending", "Running", "Crashed"]
        assert stored.states(run)[-1].message == reason
    assert stored.lines(stored.flow_run())[-1] == f"Finished in state Crashed({reason!r})"


@both_faces
def test_an_exit_keeps_its_code(script: str, start: StartScript, stored: Stored) -> None:
    code, errors = ended(start(script.format(interruption=RAISED_EXIT)))
    assert code == 7, errors
    assert_crashed(stored, "The run was ended by the program's exit (SystemExit: 7).")


def test_ctrl_c_ends_a_plain_flow(start: StartScript, stored: Stored) -> None:
    process = start(PLAIN.format(interruption=WAITS_FOR_A_SIGNAL))
    wait_until_it_waits(process)
    process.send_signal(signal.SIGINT)
    code, errors = ended(process)
    assert code == -signal.SIGINT, errors
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert_crashed(stored, "The run was interrupted by Ctrl-C (SIGINT).")


def test_ctrl_c_ends_an_asynchronous_flow(start: StartScript, stored: Stored) -> None:
    process = start(ASYNCHRONOUS.format(interruption=AWAITS_A_SIGNAL))
    wait_until_it_waits(process)
    process.send_signal(signal.SIGINT)
    code, errors = ended(process)
    # The loop turns Ctrl-C into the cancellation of its main task.
    assert code == -signal.SIGINT, errors
    assert_crashed(stored, "The run was cancelled by the program that awaited it (CancelledError).")


@both_faces
def test_a_termination_signal_ends_the_run_and_the_process(script: str, start: StartScript, stored: Stored) -> None:
    interruption = WAITS_FOR_A_SIGNAL if script is PLAIN else AWAITS_A_SIGNAL
    process = start(script.format(interruption=interruption))
    wait_until_it_waits(process)
    process.send_signal(signal.SIGTERM)
    code, errors = ended(process)
    assert code == 128 + signal.SIGTERM, errors
    assert_crashed(stored, "The run was ended by a termination signal (SIGTERM).")


def test_a_program_that_handles_the_signal_itself_keeps_its_handler(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import os
        import signal

        from headrace import flow

        read, write = os.pipe()
        signal.signal(signal.SIGTERM, lambda *_: os.write(write, b"TERM"))

        @flow
        def pipeline():
            print("waiting", flush=True)
            return os.read(read, 4)

        print(pipeline())
        """
    )
    wait_until_it_waits(process)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "b'TERM'\n"), errors
    assert stored.flow_run().state_name == "Completed"


def test_behind_the_last_flow_a_termination_signal_acts_as_ever(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import signal

        from headrace import flow

        @flow
        def pipeline():
            return signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL

        assert pipeline()
        print("waiting", flush=True)
        signal.pause()
        """
    )
    wait_until_it_waits(process)
    process.send_signal(signal.SIGTERM)
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
    assert errors.rstrip().endswith("ValueError: no rows")
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
