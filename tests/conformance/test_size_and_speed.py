"""What a task run costs on disk and in time, and what opening a store costs."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

from headrace._kernel.ids import new_id
from headrace.server.store import task_runs
from headrace.server.store.changes import LogRow, TaskRunRow
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.conformance.conftest import Database
from tests.support.rows import AT, apply, flow_run, journal, line, state, task_run

TASKS = 10_000
BATCH = 1_000


def no_op(number: int, flow_run_id: bytes, journal_id: bytes) -> TaskRunRow:
    """A task run as an engine reports it: names, keys and instants of the usual length."""
    at = AT + number * 30
    history = (state("PENDING", 0, at), state("RUNNING", 1, at + 5), state("COMPLETED", 2, at + 12))
    return task_run(
        *history,
        flow_run_id=flow_run_id,
        name=f"noop-{number:03x}",
        task_key="noop-1a2b3c4d",
        dynamic_key=str(number),
        run_count=1,
        start_at=at + 5,
        end_at=at + 12,
        running_us=7,
        journal_id=journal_id,
    )


def last_line(run: TaskRunRow, position: int) -> LogRow:
    """The line that tells how it ended."""
    return line(
        "Finished in state Completed()",
        flow_run_id=run.flow_run_id,
        task_run_id=run.id,
        at=run.end_at,
        logger="headrace.task_runs",
        journal_id=run.journal_id,
        position=position,
    )


def write(store: Store) -> list[float]:
    """Writes 10,000 no-op task runs with a line each; the CPU time of each batch, in seconds."""
    run, owner = flow_run(), journal(id=new_id())
    apply(store, run, journal=owner)
    taken: list[float] = []
    for start in range(0, TASKS, BATCH):
        tasks = [no_op(number, run.id, owner.id) for number in range(start, start + BATCH)]
        lines = [last_line(task, (1 << 32) + (start + number) * 110) for number, task in enumerate(tasks)]
        known, moved = (start, start), start + BATCH
        began = time.thread_time()
        apply(store, *tasks, *lines, journal=journal(moved, moved, known_at=known, id=owner.id))
        taken.append(time.thread_time() - began)
    return taken


def test_a_no_op_task_run_with_its_line_takes_at_most_700_bytes(sqlite_path: Path) -> None:
    store = open_store(f"sqlite:///{sqlite_path}")
    with store.read() as tx:
        ((before,),) = tx.execute("PRAGMA page_count")
    write(store)
    with store.read() as tx:
        assert task_runs.count(tx, {}) == TASKS
        ((pages,),) = tx.execute("PRAGMA page_count")
    store.close()
    per_task = (pages - before) * 4096 / TASKS
    assert sqlite_path.stat().st_size == pages * 4096  # the last connection leaves no WAL behind
    print(f"{per_task:.0f} bytes a task run")
    assert per_task <= 700


def test_a_no_op_task_run_with_its_line_is_written_in_few_microseconds(sqlite_path: Path) -> None:
    store = open_store(f"sqlite:///{sqlite_path}")
    taken = write(store)
    store.close()
    per_task = min(taken) * 1e6 / BATCH
    print(f"{per_task:.1f} us a task run at best, {median(taken) * 1e6 / BATCH:.1f} in the middle")
    # 9 to 10 on the machine of the measurements; what a busy one adds is not what is looked for here.
    assert per_task <= 30


# Says how often a store that is open already calls what as it is opened once more: functions written in C by their
# names, all of those in Python as one. In a process of its own: CPython 3.11 can hang where a profiler is set late.
OPENING = """
import collections, json, sys
from headrace.server.store.opening import open_store

calls = collections.Counter()

def count(frame, event, called):
    if event == "c_call":
        calls[called.__qualname__] += 1
    elif event == "call":
        calls["Python"] += 1

keeper = open_store(sys.argv[1])
sys.setprofile(count)
open_store(sys.argv[1]).close()
sys.setprofile(None)
keeper.close()
print(json.dumps(calls))
"""


def test_opening_a_store_that_is_current_takes_no_lock_and_five_statements(sqlite_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", OPENING, f"sqlite:///{sqlite_path}"], stdout=subprocess.PIPE, check=True
    )
    calls = Counter(json.loads(told.stdout))
    assert "lockf" not in calls
    assert calls["connect"] == 1
    # Three that set a connection up; the version of the schema; whether the file is in WAL mode.
    assert (calls["Connection.execute"], calls["Connection.executescript"]) == (5, 0)
    # 110 to 150, by the version of Python.
    assert calls.total() <= 200


def test_a_page_of_flow_runs_is_read_in_milliseconds(database: Database) -> None:
    store = database.open()
    apply(store, *(flow_run(name=f"run-{number}", start_at=AT + number) for number in range(1000)))
    from headrace.server.store import flow_runs

    with store.read() as tx:
        taken: list[float] = []
        for _ in range(10):
            began = time.thread_time()
            found = flow_runs.read_many(tx, {"flow_runs": {}}, sort="START_TIME_DESC", limit=200)
            taken.append(time.thread_time() - began)
    store.close()
    assert len(found) == 200
    assert min(taken) <= 0.010
