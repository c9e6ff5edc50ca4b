"""Code that stands in no file: scripts piped to `python -`, and cells on a loop that is running, as notebooks do."""

import os
import subprocess
import sys
from textwrap import dedent

import pytest

from tests.acceptance.stored import Stored

FLOWS = """
    import asyncio
    import os

    from headrace import flow, task
    from headrace.task_runners import ProcessPoolTaskRunner

    @task
    def one(number: int = 0) -> int:
        return number + 1

    @task
    async def one_async(number: int = 0) -> int:
        return number + 1

    @task
    def process_id(base: int) -> int:
        return base + os.getpid()

    @flow
    def plain() -> int:
        return sum(one.map(range(3)).result()) + one.submit(1).result() + one_async.submit(1).result()

    @flow
    async def asynchronous() -> int:
        gathered = await asyncio.gather(one_async(1), one_async(2))
        return sum(gathered) + one.submit(1).result()

    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def in_processes() -> bool:
        return os.getpid() not in process_id.map([0, 0]).result()

    @flow
    def failing() -> None:
        raise ValueError("no rows")
"""


def piped(script: str) -> subprocess.CompletedProcess[str]:
    """Runs the flows above, and this after them, from standard input."""
    source = dedent(FLOWS) + dedent(script)
    return subprocess.run(
        [sys.executable, "-"], input=source, capture_output=True, text=True, timeout=60, env=os.environ, check=False
    )


@pytest.mark.parametrize(
    ("call", "printed"),
    [("plain()", "10"), ("asyncio.run(asynchronous())", "7"), ("in_processes()", "True")],
    ids=["plain", "async", "processes"],
)
def test_a_script_from_standard_input_runs_flows_and_what_they_submit(stored: Stored, call: str, printed: str) -> None:
    ended = piped(f"print({call})")
    assert (ended.returncode, ended.stdout) == (0, f"{printed}\n"), ended.stderr
    assert stored.flow_run().state_name == "Completed"
    assert {run.state_name for run in stored.task_runs()} == {"Completed"}


def test_a_failure_of_a_script_from_standard_input_shows_its_place(stored: Stored) -> None:
    ended = piped("failing()")
    assert ended.returncode == 1
    assert '  File "<stdin>", line ' in ended.stderr
    assert ended.stderr.count("ValueError: no rows") >= 2
    assert stored.flow_run().state_name == "Failed"
    assert stored.flow_run().flow_version is None or len(str(stored.flow_run().flow_version)) == 32


# As a kernel of IPython does it: the main thread runs a loop, on which cells are coroutines where they await, and plain
# calls where they do not; a cell that is interrupted is told of, and the next one runs.
CELLS = """
    import ast
    import inspect
    import signal

    async def run_cells(cells):
        for cell in cells:
            code = compile(cell, "<cell>", "eval", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            try:
                value = eval(code, globals())
                print(await value if inspect.iscoroutine(value) else value)
            except KeyboardInterrupt:
                print("interrupted")

    @flow
    def interrupted() -> None:
        one.submit()
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(run_cells({cells}))
    loop.close()
"""


def test_cells_on_a_running_loop_call_flows_and_await_them(stored: Stored) -> None:
    cells = ["plain()", "await asynchronous()", "interrupted()", "plain()", "in_processes()"]
    ended = piped(CELLS.format(cells=cells))
    assert ended.stdout.splitlines() == ["10", "7", "interrupted", "10", "True"], ended.stderr
    assert ended.returncode == 0
    states = [run.state_name for run in stored.flow_runs()]
    assert states == ["Completed", "Completed", "Crashed", "Completed", "Completed"]
    assert {run.state_name for run in stored.all_task_runs()} <= {"Completed"}
