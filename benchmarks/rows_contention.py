"""Many scripts on one SQLite home: nothing may fail, nothing may be lost, and nobody may keep the others waiting.

The peer's scripts share its server; without one it answers "database is locked".
"""

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Row, Side, Target, of_repeats

__all__ = ["ROWS"]

SCRIPTS = 16
TASKS = 1_000
PROBE_SECONDS = 5.0
PROBE_PAUSE_SECONDS = 0.005


def start_all(bench: Bench, side: Side, environment: dict[str, str], count: int) -> list[subprocess.Popen[str]]:
    """The scripts, all at once."""
    command = [bench.python(side), str(bench.program("tasks", side)), str(count)]
    return [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(SCRIPTS)
    ]


def complaints(scripts: Sequence[subprocess.Popen[str]]) -> list[str]:
    """What scripts said that they should not have said; waits for each of them."""
    found: list[str] = []
    for script in scripts:
        said = script.communicate(timeout=300)[1]
        found += [
            line for line in said.splitlines() if re.search(r"warning|error|locked|traceback", line, re.IGNORECASE)
        ]
        if script.returncode != 0:
            found.append(f"exit code {script.returncode}")
    return found


def sixteen(bench: Bench, side: Side) -> Figure:
    """Seconds until the last of 16 scripts has ended."""
    tasks = TASKS if side == "ours" else 20
    seconds: list[float] = []
    said: list[str] = []
    for _ in range(bench.repeats(5, 1) if side == "ours" else 1):
        home = bench.new_home()
        environment = bench.environment(side, home) if side == "ours" else bench.peer_environment(home)
        started = time.perf_counter()
        said = complaints(start_all(bench, side, environment, tasks))
        seconds.append(time.perf_counter() - started)
        if side == "ours":
            if said:
                raise RuntimeError(f"{len(said)} complaints, the first: {said[0]}")
            refuse_losses(bench, environment, SCRIPTS * tasks)
    note = "0 errors, 0 warnings, 0 lost" if side == "ours" else f"{tasks} tasks a script, {len(said)} complaints"
    return of_repeats(seconds, note)


def refuse_losses(bench: Bench, environment: dict[str, str], expected: int) -> None:
    """RuntimeError unless every task run of the home is there and completed."""
    states = json.loads(bench.run("ours", [bench.program("count_task_runs", "ours")], environment).stdout)
    if states != {"Completed": expected}:
        raise RuntimeError(f"of {expected} task runs these are stored: {states}")


def write_beside_hogs(bench: Bench, side: Side) -> Figure:
    """The longest wait of another process for the write lock, in milliseconds, while two scripts hog their GIL."""
    home = bench.new_home()
    environment = bench.environment(side, home)
    bench.run(side, [bench.program("hello", side)], environment)
    command = [bench.python(side), str(bench.program("burning", side))]
    hogs = [
        subprocess.Popen([*command, how, str(PROBE_SECONDS + 2)], env=environment, stderr=subprocess.PIPE, text=True)
        for how in ("cpu", "gil")
    ]
    waits = write_waits(home / "headrace.db")
    said = complaints(hogs)
    if said:
        raise RuntimeError(f"{len(said)} complaints, the first: {said[0]}")
    return Figure(max(waits), note=f"{len(waits)} writes")


def write_waits(database: object) -> list[float]:
    """Milliseconds that each of many short writing transactions waits for its turn."""
    connection = sqlite3.connect(str(database), timeout=30, isolation_level=None)
    waits: list[float] = []
    until = time.perf_counter() + PROBE_SECONDS
    try:
        while (started := time.perf_counter()) < until:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
            waits.append((time.perf_counter() - started) * 1000)
            time.sleep(PROBE_PAUSE_SECONDS)
    finally:
        connection.close()
    return waits


ROWS = (
    Row("sixteen", "16 scripts x 1,000 tasks on one SQLite home", "s", Target(2), sixteen),
    Row(
        "hogs",
        "another process's write beside a CPU-bound and a GIL-holding script, longest",
        "ms",
        Target(100),
        write_beside_hogs,
        has_peer=False,
    ),
)
