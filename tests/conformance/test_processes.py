"""Many processes on one database: none is told that it is locked, and nothing is lost, across forks as well."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headrace._kernel import clock
from headrace.server.store import flow_runs, journals, logs, task_runs
from headrace.server.store.errors import StoreUnavailable
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.conformance.conftest import Database
from tests.support.rows import apply, flow_run, line, task_run

ROOT = Path(__file__).parents[2]
PROCESSES = 16


def start(script: str, *arguments: object, crash_point: str = "") -> "subprocess.Popen[str]":
    """A Python process that runs `script`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    if crash_point:
        environment["HEADRACE_TEST_CRASH_POINT"] = crash_point
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def together(script: str, *arguments: object, processes: int = PROCESSES) -> list[str]:
    """Runs a script in several processes, which get their number and begin at one instant; what each of them says."""
    started = [start(script, *arguments, number) for number in range(processes)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=100) for process in started]
    assert [errors for _, errors in said] == [""] * processes
    return [output for output, _ in said]


OPEN = """
import sys
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.support.rows import apply, task_run
print("ready", flush=True); sys.stdin.readline()
store = open_store(sys.argv[1])
apply(store, task_run())
print(store.store_id)
store.close()
"""


def test_sixteen_processes_make_one_store(database: Database) -> None:
    ids = together(OPEN, database.url)
    assert len(set(ids)) == 1
    assert database.run("SELECT count(*) FROM task_runs") == [(PROCESSES,)]
    assert database.run("SELECT count(*) FROM meta") == [(1,)]


WRITE = """
import sys
from headrace._kernel.ids import new_id
from headrace.server.store import hot
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.support.rows import apply, flow_run, journal, line, moved, state, task_run
url, number = sys.argv[1:]
store = open_store(url)
print("ready", flush=True); sys.stdin.readline()
owner = journal()
run = flow_run(state("RUNNING", 1), flow_name="shared", name=number, journal_id=owner.id)
apply(store, run, journal=owner)
for batch in range(10):
    lines = [line(f"{number}-{batch}-{each}", journal_id=owner.id, position=batch * 100 + each) for each in range(100)]
    tasks = [task_run(flow_run_id=run.id, journal_id=owner.id) for _ in range(100)]
    step = journal(batch + 1, batch + 1, known_at=(batch, batch), id=owner.id)
    apply(store, *tasks, *lines, journal=step)
    with store.read() as tx:
        assert hot.cursors(tx, owner.id).states_cursor == batch + 1
apply(store, moved(run, state("COMPLETED", 2), end_at=1), journal=journal(11, 11, known_at=(10, 10), id=owner.id))
store.close()
"""


def test_sixteen_processes_write_a_thousand_task_runs_each(database: Database) -> None:
    store = database.open()
    together(WRITE, database.url)
    with store.read() as tx:
        assert task_runs.count_by_state(tx, {}) == {("COMPLETED", "Completed"): PROCESSES * 1000}
        assert flow_runs.count_by_state(tx, {}) == {("COMPLETED", "Completed"): PROCESSES}
        assert logs.count(tx, {}) == PROCESSES * 1000
        stored = journals.read_all(tx)
        assert {journal.states_cursor for journal in stored} == {11}
        assert len(stored) == PROCESSES
    store.close()


BURN = """
import sys, threading
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.support.rows import apply, line, task_run
url, kind, _ = sys.argv[1:]
store = open_store(url)
apply(store, task_run())
stop = threading.Event()
def drain():
    while not stop.is_set():
        apply(store, *(task_run() for _ in range(500)), *(line() for _ in range(500)))
drainer = threading.Thread(target=drain)
drainer.start()
print("ready", flush=True)
def asked():
    sys.stdin.readline()
    stop.set()
reader = threading.Thread(target=asked)
reader.start()
while not stop.is_set():
    if kind == "holds":
        sum(range(15_000_000))  # one call into C: nobody else has the GIL for some tenths of a second
    else:
        sum(range(1000))
drainer.join(); reader.join()
store.close()
"""


@pytest.mark.parametrize("kind", ["burns", "holds"])
def test_a_process_that_burns_or_holds_its_gil_does_not_hold_the_database(sqlite_path: Path, kind: str) -> None:
    url = f"sqlite:///{sqlite_path}"
    store = open_store(url)
    rival = start(BURN, url, kind, 0)
    assert rival.stdout is not None
    assert rival.stdout.readline() == "ready\n"
    waits: list[float] = []
    until = clock.monotonic() + 2.0
    while clock.monotonic() < until:
        began = clock.monotonic()
        apply(store, line())
        waits.append(clock.monotonic() - began)
    _, errors = rival.communicate("stop\n", timeout=60)
    assert errors == ""
    # The rival's step holds the lock for some milliseconds; waiting for its GIL within it would add seconds.
    assert sorted(waits)[int(len(waits) * 0.99)] < 0.1
    assert len(waits) > 100
    store.close()


KILLED = """
import sys
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.support.rows import apply, flow_run, line, task_run
store = open_store(sys.argv[1])
for batch in range(3):
    apply(store, flow_run(), *(task_run() for _ in range(300)), *(line() for _ in range(300)))
    print(batch, flush=True)
"""


@pytest.mark.parametrize("point", ["store.staged", "store.commit.before", "store.commit.after"])
@pytest.mark.parametrize("passage", [1, 2])
def test_a_step_that_is_killed_is_whole_or_not_at_all(database: Database, point: str, passage: int) -> None:
    store = database.open()
    process = start(KILLED, database.url, crash_point=f"{point}:{passage}")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    written = passage if point == "store.commit.after" else passage - 1
    assert len(said.splitlines()) == passage - 1
    with store.read() as tx:
        assert (flow_runs.count(tx, {}), task_runs.count(tx, {}), logs.count(tx, {})) == (
            written,
            written * 300,
            written * 300,
        )
    apply(store, task_run())
    store.close()


@pytest.mark.parametrize("point", ["store.migration.before", "store.migration.after"])
def test_a_creation_that_is_killed_is_done_by_the_next(database: Database, point: str) -> None:
    process = start(KILLED, database.url, crash_point=f"{point}:1")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    store = database.open()
    apply(store, task_run())
    store.close()
    assert database.run("SELECT schema_version FROM meta") == [(Schema.of(database.kind).latest,)]


# Forks.


def in_child(work: Any) -> None:
    """Runs `work` in a forked child and asserts that it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as exc:  # noqa: BLE001 - the child must end here, whatever happened to it
            os.write(2, repr(exc).encode())
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def holders_of_locks(path: Path) -> set[int]:
    """The processes that hold a POSIX lock on a database or its shared memory."""
    inodes = {os.stat(f"{path}{suffix}").st_ino for suffix in ("", "-shm")}
    found: set[int] = set()
    for entry in Path("/proc/locks").read_text().splitlines():
        parts = entry.split()
        if parts[1] == "POSIX" and int(parts[5].rpartition(":")[2]) in inodes:
            found.add(int(parts[4]))
    return found


def test_parent_and_child_go_on_with_one_store(store: Store) -> None:
    apply(store, line("before"))

    def work() -> None:
        apply(store, line("child"))
        with store.read() as tx:
            assert logs.count(tx, {}) == 2

    in_child(work)
    apply(store, line("parent"))
    with store.read() as tx:
        assert [read.message for read in logs.read_many(tx, {})] == ["before", "child", "parent"]


def test_a_grandchild_goes_on_as_well(store: Store) -> None:
    apply(store, line())
    in_child(lambda: in_child(lambda: apply(store, line())))
    with store.read() as tx:
        assert logs.count(tx, {}) == 2


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="locks are listed on Linux")
def test_a_child_holds_locks_of_its_own(sqlite_path: Path) -> None:
    # A connection opened beside an inherited one takes none: whoever closes last then removes the WAL under it.
    store = open_store(f"sqlite:///{sqlite_path}")
    apply(store, line())

    def work() -> None:
        with store.read() as tx:
            assert logs.count(tx, {}) == 1
            assert os.getpid() in holders_of_locks(sqlite_path)

    in_child(work)
    store.close()


def test_a_child_outlives_the_store_of_its_parent(sqlite_path: Path) -> None:
    store = open_store(f"sqlite:///{sqlite_path}")
    apply(store, line("parent"))
    asked, go = os.pipe()
    child = os.fork()
    if child == 0:
        apply(store, line("child, beside its parent"))
        os.read(asked, 1)
        apply(store, line("child, alone"))
        os._exit(0)
    store.close()  # the last of the parent's connections: if it thought itself alone, it would remove the WAL
    os.write(go, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    reopened = open_store(f"sqlite:///{sqlite_path}")
    with reopened.read() as tx:
        assert logs.count(tx, {}) == 3
    reopened.close()
    os.close(asked)
    os.close(go)


FORKED_WHILE_WRITING = """
import os, sys, threading
from headrace.server.store import task_runs
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.support.rows import apply, task_run
store = open_store(sys.argv[1])
stop = threading.Event()
written = 0
def drain():
    global written
    while not stop.is_set():
        apply(store, *(task_run() for _ in range(50)))
        written += 50
drainer = threading.Thread(target=drain)
drainer.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        apply(store, task_run())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop.set(); drainer.join()
with store.read() as tx:
    assert task_runs.count(tx, {}) == written + 20, (task_runs.count(tx, {}), written)
    assert tx.execute("PRAGMA integrity_check") == [("ok",)]
store.close()
"""


def test_a_process_may_fork_while_a_thread_of_it_writes(sqlite_path: Path) -> None:
    process = start(FORKED_WHILE_WRITING, f"sqlite:///{sqlite_path}")
    _, errors = process.communicate(timeout=100)
    assert errors == ""
    assert process.returncode == 0


def test_a_child_forked_in_the_middle_of_a_transaction_says_so(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headrace.server.store.dialects import sqlite_connections

    monkeypatch.setattr(sqlite_connections, "_FORK_WAITS_SECONDS", 0.01)
    store = open_store(f"sqlite:///{sqlite_path}")

    def work() -> None:
        with pytest.raises(StoreUnavailable, match="Start such processes with the `spawn` method"):
            apply(store, flow_run())

    with store.write():
        in_child(work)
    apply(store, line())
    store.close()
