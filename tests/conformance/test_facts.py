"""The facts behind decisions: whole, for any number of runs, and found by an index."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from headrace._kernel.ids import new_id
from headrace.server.store import hot
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.rows import AT, apply, flow_run, journal, moved, moved_task, state, task_run

TERMINAL = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
UNFINISHED = ("SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING")


@pytest.mark.parametrize("many", [0, 1, 7, 8, 9, 63, 64, 513, 1300])
def test_facts_are_found_for_any_number_of_runs(store: Store, many: int) -> None:
    runs, tasks = [flow_run() for _ in range(many)], [task_run() for _ in range(many)]
    apply(store, *runs, *tasks)
    with store.read() as tx:
        assert set(hot.flow_run_facts(tx, [*(run.id for run in runs), new_id()])) == {run.id for run in runs}
        assert set(hot.task_run_facts(tx, [new_id(), *(run.id for run in tasks)])) == {run.id for run in tasks}
        names = [f"flow-{number}" for number in range(many)]
        assert hot.known_flow_ids(tx, names) == {}


def test_unfinished_runs_are_those_that_the_journal_holds_and_has_not_ended(store: Store) -> None:
    owner, other = journal(), journal()
    apply(store, flow_run(state("RUNNING"), journal_id=other.id), journal=other)
    ended = [flow_run(state(kind), journal_id=owner.id) for kind in TERMINAL]
    going = [flow_run(state(kind), journal_id=owner.id) for kind in UNFINISHED]
    ended_tasks = [task_run(state(kind), journal_id=owner.id) for kind in TERMINAL]
    going_tasks = [task_run(state(kind), journal_id=owner.id) for kind in UNFINISHED]
    loose = [flow_run(state("RUNNING")), task_run(state("RUNNING"))]
    apply(store, *ended, *going, *ended_tasks, *going_tasks, *loose, journal=owner)
    with store.read() as tx:
        assert hot.unfinished_of_journals(tx, (owner.id,)) == (
            sorted(run.id for run in going),
            sorted(run.id for run in going_tasks),
        )
        assert hot.unfinished_of_journals(tx, (new_id(),)) == ([], [])
    apply(store, moved(going[0], state("CRASHED", 2)), moved_task(going_tasks[0], state("CRASHED", 2)))
    with store.read() as tx:
        flow_ids, task_ids = hot.unfinished_of_journals(tx, (owner.id,))
    assert (len(flow_ids), len(task_ids)) == (len(going) - 1, len(going_tasks) - 1)


def test_a_run_is_held_by_the_journal_that_wrote_it_last(store: Store) -> None:
    first, second = journal(), journal()
    run = flow_run(state("PENDING", 0), journal_id=first.id)
    apply(store, run, journal=first)
    apply(store, moved(run, state("RUNNING", 1), journal_id=second.id), journal=second)
    with store.read() as tx:
        assert hot.unfinished_of_journals(tx, (first.id,)) == ([], [])
        assert hot.unfinished_of_journals(tx, (second.id,)) == ([run.id], [])
        assert hot.flow_run_facts(tx, [run.id])[run.id].journal_id == second.id


HOT_READS = [name for name in dir(hot) if isinstance(getattr(hot, name), str) and "{among}" in getattr(hot, name)]


@pytest.mark.parametrize("name", HOT_READS)
def test_no_hot_read_scans_a_table_of_runs(sqlite_path: Path, name: str) -> None:
    open_store(f"sqlite:///{sqlite_path}").close()
    connection = sqlite3.connect(sqlite_path)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {getattr(hot, name).replace('{among}', 'IN (?, ?)')}", (b"", b""))
    steps = [row[3] for row in plan]
    connection.close()
    assert not [step for step in steps if step.startswith("SCAN")], steps


PLAIN_SCRIPT = """
import sys
from headrace.server.store.opening import open_store
from headrace.server.store import hot
from tests.support.rows import apply, flow_run, line, task_run
run = flow_run()
store = open_store(sys.argv[1])
apply(store, run, task_run(), line())
with store.read() as tx:
    assert hot.flow_run_facts(tx, [run.id])
store.close()
print(*sorted(sys.modules))
"""
# Each costs 8 to 300 ms; uuid comes with msgspec.
HEAVY = {
    "asyncio", "click", "concurrent.futures", "hashlib", "httpx", "importlib.metadata", "inspect", "psycopg",
    "pydantic", "rich", "sqlalchemy", "starlette", "tomllib",
}  # fmt: skip


def test_a_plain_script_loads_nothing_heavy_for_its_store(sqlite_path: Path) -> None:
    def loaded(script: str) -> set[str]:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        command = [sys.executable, "-c", script, f"sqlite:///{sqlite_path}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        return set(done.stdout.split())

    brought = loaded("import sys, msgspec, msgspec.structs; print(*sys.modules)")
    assert (loaded(PLAIN_SCRIPT) - brought) & HEAVY == set()


def test_an_instant_of_the_far_future_is_kept(store: Store) -> None:
    far = 2**62
    run = flow_run(state("SCHEDULED", 0, far), next_scheduled_at=far, expected_start_at=-AT)
    apply(store, run)
    with store.read() as tx:
        facts = hot.flow_run_facts(tx, [run.id])[run.id]
    assert (facts.next_scheduled_at, facts.expected_start_at, facts.state and facts.state.at) == (far, -AT, far)
