"""What the store holds, read past Headrace, and how it compares with what the scripts saw."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from headrace._records import decode_history
from tests.faults.processes import Home

__all__ = [
    "Seen",
    "assert_nothing_lost",
    "assert_recovered",
    "assert_terminal_runs_are_whole",
    "connect",
    "dump",
    "flow_runs",
    "lines_of_runs",
    "read_meta",
    "read_seen",
    "rows",
    "task_states",
    "text",
    "write_meta",
]

TERMINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
# What may follow in the history of a run that is not over: retries go back to Running at once, or after a wait.
SUCCESSIONS = {
    ("PENDING", "RUNNING"),
    ("PENDING", "PENDING"),  # NotReady: what it was to wait for did not end well.
    ("RUNNING", "RUNNING"),
    ("RUNNING", "SCHEDULED"),
    ("SCHEDULED", "RUNNING"),
}
Rows = list[dict[str, Any]]


@dataclass
class Seen:
    """What scripts wrote down, by run."""

    flows_began: set[str] = field(default_factory=set)
    flows_ending: dict[str, str] = field(default_factory=dict)
    flows_ended: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    lines: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def take(self, note: dict[str, Any]) -> None:
        kind = note["kind"]
        if kind == "flow_began":
            self.flows_began.add(note["id"])
        elif kind == "flow_ending":
            self.flows_ending[note["id"]] = note["state"]
        elif kind == "flow_ended":
            self.flows_ended[note["id"]] = note["state"]
        elif kind == "task_ended":
            assert note["id"] not in self.tasks
            self.tasks[note["id"]] = note["flow"], note["state"]
        elif kind == "logged":
            assert note["message"] not in self.lines
            self.lines[note["message"]] = note["flow"], note["task"]


@dataclass(frozen=True)
class StoredFlowRun:
    """A flow run with its current state."""

    id: str
    flow: str
    state: str
    message: str | None


def read_seen(home: Home) -> Seen:
    """What the scripts of a home saw. A line that its process was killed in is not seen."""
    seen = Seen()
    for path in home.witness.glob("*.jsonl"):
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            seen.take(json.loads(line))
    return seen


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)
    connection.row_factory = sqlite3.Row
    return connection


def rows(connection: sqlite3.Connection, table: str) -> Rows:
    return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]


def dump(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with closing(connect(home.database)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith("sqlite_")
        ]
        return {table: sorted(map(tuple, connection.execute(f"SELECT * FROM {table}")), key=repr) for table in tables}


def flow_runs(home: Home) -> list[StoredFlowRun]:
    """The flow runs as they stand, oldest first."""
    with closing(connect(home.database)) as connection:
        return [
            StoredFlowRun(text(row["id"]), row["flow_name"], row["state_name"], row["message"])
            for row in connection.execute(
                "SELECT r.id, f.name AS flow_name, r.state_name, s.message FROM flow_runs r "
                "JOIN flows f ON f.id = r.flow_id JOIN flow_run_states s ON s.id = r.state_id ORDER BY r.id"
            )
        ]


def task_states(home: Home) -> list[tuple[str, str]]:
    """The task runs by name, each with its state."""
    with closing(connect(home.database)) as connection:
        return [(name, state) for name, state in connection.execute("SELECT name, state_name FROM task_runs")]


def read_meta(home: Home) -> dict[str, int]:
    """The versions of Headrace that the store is for."""
    with closing(connect(home.database)) as connection:
        row = connection.execute("SELECT schema_version, min_reader, min_writer FROM meta").fetchone()
        return dict(row)


def write_meta(home: Home, **columns: int) -> None:
    """Makes the store one for other versions of Headrace: raised beyond this one, nobody here may write it."""
    with closing(sqlite3.connect(home.database, timeout=60)) as connection:
        for column, value in columns.items():
            connection.execute(f"UPDATE meta SET {column} = ?", (value,))
        connection.commit()


def lines_of_runs(home: Home) -> list[str]:
    """The messages of all lines, in the order in which they were stored."""
    with closing(connect(home.database)) as connection:
        return [message for (message,) in connection.execute("SELECT message FROM logs ORDER BY seq")]


def assert_nothing_lost(home: Home, *, alive: frozenset[str] = frozenset(), may_lack_lines: bool = False) -> Seen:
    """Compares the store with what the scripts saw, once the dead are recovered.

    Nothing that was seen is missing, nothing is there twice, and no run of a dead process goes on. `alive` are the
    flow runs whose processes still live; with `may_lack_lines`, lines beyond a bound may have been dropped.
    """
    seen = read_seen(home)
    with closing(connect(home.database)) as connection:
        assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
        runs = {text(row["id"]): row for row in rows(connection, "flow_runs")}
        task_runs = {text(row["id"]): row for row in rows(connection, "task_runs")}
        states = rows(connection, "flow_run_states")
        lines = rows(connection, "logs")
        open_journals = {row["key"] for row in rows(connection, "journals") if row["closed_at"] is None}
        assert rows(connection, "dead_letters") == []
    assert alive or not open_journals, "a dead process's journal is still open"
    check_flow_runs(seen, runs, alive)
    check_flow_states(runs, states)
    check_task_runs(seen, runs, task_runs, open_journals)
    check_lines(Seen() if may_lack_lines else seen, lines)
    return seen


def assert_terminal_runs_are_whole(home: Home) -> int:
    """Before any recovery: of each flow run that has ended, everything that was reported before is stored.

    Returns how many have ended.
    """
    if not home.database.exists():
        return 0
    seen = read_seen(home)
    with closing(connect(home.database)) as connection:
        ended = {
            text(row["id"])
            for row in connection.execute("SELECT id FROM flow_runs WHERE state_type IN ('COMPLETED', 'FAILED')")
        }
        states = {text(row["id"]): row["state_name"] for row in connection.execute("SELECT * FROM task_runs")}
        lines = {message for (message,) in connection.execute("SELECT substr(message, 1, 80) FROM logs")}
        told = {
            text(run_id)
            for (run_id,) in connection.execute(
                "SELECT flow_run_id FROM logs WHERE task_run_id IS NULL AND message LIKE 'Finished in state%'"
            )
        }
    assert ended <= told, "a run has ended, and its last line is still to come"
    missing = [run for run, (flow, state) in seen.tasks.items() if flow in ended and states.get(run) != state]
    missing += [line for line, (flow, _) in seen.lines.items() if flow in ended and line[:80] not in lines]
    assert not missing, f"of runs that have ended there is still to come: {missing[:5]} of {len(missing)}"
    return len(ended)


def assert_recovered(home: Home, *, may_lack_lines: bool = False) -> Seen:
    """One more recovery finishes whatever is left; after it everything is stored, and a second one changes nothing."""
    home.recover().was_silent()
    seen = assert_nothing_lost(home, may_lack_lines=may_lack_lines)
    assert home.journals() == []
    before = dump(home)
    home.recover().was_silent()
    assert dump(home) == before
    return seen


def check_flow_runs(seen: Seen, flow_runs: dict[str, dict[str, Any]], alive: frozenset[str]) -> None:
    lost = (seen.flows_began | seen.flows_ended.keys()) - flow_runs.keys()
    assert not lost, f"flow runs that were begun are not stored: {sorted(lost)[:5]} of {len(lost)}"
    for run_id, row in flow_runs.items():
        if run_id in alive:
            continue
        told = seen.flows_ended.get(run_id)
        if told is not None:
            assert row["state_name"] == told, f"flow run {run_id} was {told}, and is stored as {row['state_name']}"
        else:
            # Where the process died around its conclusion, both are true: that it had been stored, and that not.
            possible = {"Crashed", seen.flows_ending.get(run_id)}
            assert row["state_name"] in possible, f"flow run {run_id} is stored as {row['state_name']}, not {possible}"


def check_flow_states(flow_runs: dict[str, dict[str, Any]], states: Rows) -> None:
    of_run: dict[str, Rows] = {}
    for state in states:
        of_run.setdefault(text(state["flow_run_id"]), []).append(state)
    assert of_run.keys() <= flow_runs.keys()
    for run_id, row in flow_runs.items():
        history = sorted(of_run[run_id], key=lambda state: (state["attempt"], state["ordinal"]))
        places = Counter((state["attempt"], state["ordinal"]) for state in history)
        assert max(places.values()) == 1, f"flow run {run_id} has two states in one place: {places}"
        assert (history[-1]["id"], history[-1]["type"]) == (row["state_id"], row["state_type"])
        check_succession(f"flow run {run_id}", [state["ordinal"] for state in history], [s["type"] for s in history])


def check_succession(run: str, ordinals: list[int], types: list[str]) -> None:
    """A run's states are there without a gap; each but the last may be followed, and by what follows it."""
    assert ordinals == list(range(len(ordinals))), f"{run} lacks states: {ordinals}"
    for before, after in pairwise(types):
        assert after in TERMINAL or (before, after) in SUCCESSIONS, f"{run} went from {before} to {after}: {types}"
    assert not TERMINAL.intersection(types[:-1]), f"{run} went on after its end: {types}"


def check_task_runs(
    seen: Seen, flow_runs: dict[str, dict[str, Any]], task_runs: dict[str, dict[str, Any]], open_journals: set[int]
) -> None:
    lost = seen.tasks.keys() - task_runs.keys()
    assert not lost, f"task runs that had ended are not stored: {sorted(lost)[:5]} of {len(lost)}"
    for run_id, (flow_run_id, state) in seen.tasks.items():
        row = task_runs[run_id]
        assert row["state_name"] == state, f"task run {run_id} was {state}, and is stored as {row['state_name']}"
        assert (text(row["flow_run_id"]) if row["flow_run_id"] else None) == flow_run_id
    for run_id, row in task_runs.items():
        history = decode_history(row["history"])
        places = [(state.attempt, state.ordinal) for state in history]
        assert places == sorted(set(places)), f"task run {run_id} has states out of order: {places}"
        check_succession(f"task run {run_id}", [s.ordinal for s in history], [s.type for s in history])
        assert (history[-1].type, history[-1].name) == (row["state_type"], row["state_name"])
        flow_run_id = text(row["flow_run_id"]) if row["flow_run_id"] else None
        assert flow_run_id is None or flow_run_id in flow_runs
        if run_id in seen.tasks or row["state_type"] in TERMINAL or row["state_name"] == "NotReady":  # It never began.
            continue
        assert row["journal"] in open_journals, f"task run {run_id} of a dead process is {row['state_name']}"


def check_lines(seen: Seen, lines: Rows) -> None:
    stored = Counter(line["message"] if len(line["message"]) <= 200 else line["message"][:80] for line in lines)
    places = Counter((line["journal"], line["position"]) for line in lines if line["journal"] is not None)
    assert max(places.values(), default=1) == 1
    lost = seen.lines.keys() - stored.keys()
    assert not lost, f"lines that were logged are not stored: {sorted(lost)[:5]} of {len(lost)}"
    doubled = {line: count for line, count in stored.items() if line in seen.lines and count > 1}
    assert not doubled, f"lines are stored more than once: {doubled}"


def text(run_id: bytes) -> str:
    return str(UUID(bytes=run_id))
