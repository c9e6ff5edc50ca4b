"""Processes of a task runner that are killed at random: no run is lost, none runs twice, and the flow goes on."""

import json
import os
import signal
from collections import Counter
from contextlib import closing, suppress

from tests.faults.processes import Home, await_until
from tests.faults.stored import connect, flow_runs

TASKS = 600
KILLS = 8


def steps_seen(home: Home) -> list[tuple[int, int]]:
    """Which tasks ran, and in which process."""
    path = home.witness / "steps.jsonl"
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def test_processes_that_are_killed_take_one_run_with_them_at_most(home: Home) -> None:
    script = home.start("processes.py", str(TASKS))
    killed: set[int] = set()
    for _ in range(KILLS):
        seen = home.lines()
        await_until(lambda seen=seen: home.lines() > seen + 20 or not script.is_running, "some more tasks to run")
        with suppress(ProcessLookupError, IndexError):
            process = [pid for _, pid in steps_seen(home) if pid not in killed][-1]
            os.kill(process, signal.SIGKILL)
            killed.add(process)
    ended = script.end()

    assert ended.code == 0, ended.err
    assert len(killed) >= KILLS // 2
    times = Counter(number for number, _ in steps_seen(home))
    assert max(times.values()) == 1
    with closing(connect(home.database)) as connection:
        runs = connection.execute("SELECT name, state_name FROM task_runs").fetchall()
    # A run whose process died before it was named has a name made of its id, which can look like another's number.
    assert {name for name, _ in runs} >= {f"step-{number}" for number in times}
    assert len(runs) == TASKS
    states = Counter(state for _, state in runs)
    assert set(states) <= {"Completed", "Crashed"}
    assert states["Crashed"] <= len(killed)
    assert [run.state for run in flow_runs(home)] == ["Completed"]
