"""The write step of SQLite: changes are staged in TEMP tables, then one INSERT moves all of them.

sqlite3 gives the GIL back at each step of a statement and may get it again only after a CPU-bound or GIL-holding
thread lets go. So no Python runs between taking the write lock and giving it back: the fences and the moves stand in
a TEMP trigger, and the lock is held for one call into SQLite. Staging takes no lock of the file at all.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from headrace._kernel import clock, crash_points
from headrace.server.store.changes import Changes
from headrace.server.store.dialects.rows import (
    DEAD_LETTER_COLUMNS,
    EDGE_COLUMNS,
    FLOW_COLUMNS,
    FLOW_RUN_COLUMNS,
    JOURNAL_COLUMNS,
    LOG_COLUMNS,
    STATE_COLUMNS,
    TASK_RUN_COLUMNS,
    JournalKeys,
    dead_letter_values,
    edge_values,
    flow_run_values,
    flow_values,
    journal_values,
    journals_named,
    log_values,
    state_values,
    task_run_values,
)
from headrace.server.store.dialects.sqlite_connections import BUSY_TIMEOUT_SECONDS, Connection
from headrace.server.store.dialects.sqlite_errors import NEWER, STALE
from headrace.server.store.errors import RowRefused, StaleFacts

__all__ = ["SIZES", "prepare", "step"]

_LOOKS_MILLISECONDS: Final = 3

# Rows a statement: each size is one prepared statement. SQLite takes 32,766 parameters.
SIZES: Final = (512, 64, 8, 1)

_STAGED: Final[dict[str, tuple[str, ...]]] = {
    "journals": (*JOURNAL_COLUMNS, "is_new", "expected_states", "expected_logs"),
    "flows": FLOW_COLUMNS,
    "flow_runs": (*FLOW_RUN_COLUMNS, "flow_name", "is_new", "expected_state_id"),
    "flow_run_states": STATE_COLUMNS,
    "task_runs": TASK_RUN_COLUMNS,  # that are new: nearly all, in their thousands
    "changed_task_runs": (*TASK_RUN_COLUMNS, "expected_revision"),
    "edges": EDGE_COLUMNS,
    "logs": LOG_COLUMNS,
    "dead_letters": DEAD_LETTER_COLUMNS,
}
# In a staged row, this stands for the journal of the same changes: its key may be made by this very step.
_THIS_JOURNAL: Final = 0


# The columns of a staging table that go into the table itself, where those are not all.
_KEPT: Final = {"journals": JOURNAL_COLUMNS, "flow_runs": FLOW_RUN_COLUMNS, "changed_task_runs": TASK_RUN_COLUMNS}


def _moved(table: str) -> str:
    return ", ".join(_moved_column(column) for column in _KEPT.get(table, _STAGED[table]))


def _moved_column(column: str) -> str:
    if column == "journal":
        return (
            f"CASE s.journal WHEN {_THIS_JOURNAL} THEN "
            "(SELECT j.key FROM journals j WHERE j.id = (SELECT id FROM staged_journals)) ELSE s.journal END"
        )
    return f"s.{column}"


def _replaced(columns: Iterable[str]) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns if column != "id")


def _names(columns: Iterable[str]) -> str:
    return ", ".join(columns)


def _trigger(latest: int) -> str:
    """The step itself; the tables in a trigger's body bear no prefix, and a staging table hides nothing of the file."""
    return f"""
CREATE TEMP TRIGGER step_taken INSTEAD OF INSERT ON step BEGIN
    SELECT RAISE(ABORT, '{NEWER}') WHERE (SELECT min_writer FROM meta) > {latest};

    SELECT RAISE(ABORT, '{STALE}journals') WHERE EXISTS (
        SELECT 1 FROM staged_journals s LEFT JOIN journals j ON j.id = s.id WHERE NOT s.is_new AND (
            j.closed_at IS NOT NULL OR j.states_cursor IS NOT s.expected_states OR j.logs_cursor IS NOT s.expected_logs
        ));
    INSERT INTO journals ({_names(JOURNAL_COLUMNS)})
        SELECT {_moved("journals")} FROM staged_journals s WHERE s.is_new;
    UPDATE journals SET (states_cursor, logs_cursor, closed_at) =
            (SELECT states_cursor, logs_cursor, closed_at FROM staged_journals)
        WHERE id = (SELECT id FROM staged_journals WHERE NOT is_new);

    INSERT INTO flows ({_names(FLOW_COLUMNS)})
        SELECT {_moved("flows")} FROM staged_flows s WHERE true ON CONFLICT (name) DO NOTHING;
    SELECT RAISE(ABORT, '{STALE}flows') WHERE EXISTS (
        SELECT 1 FROM staged_flow_runs s WHERE NOT EXISTS (SELECT 1 FROM flows f WHERE f.name = s.flow_name));

    SELECT RAISE(ABORT, '{STALE}flow_runs') WHERE EXISTS (
        SELECT 1 FROM staged_flow_runs s LEFT JOIN flow_runs r ON r.id = s.id WHERE CASE WHEN s.is_new
            THEN r.id IS NOT NULL ELSE r.id IS NULL OR r.state_id IS NOT s.expected_state_id END);
    INSERT INTO flow_runs ({_names(FLOW_RUN_COLUMNS)}, flow_id)
        SELECT {_moved("flow_runs")}, (SELECT f.id FROM flows f WHERE f.name = s.flow_name)
        FROM staged_flow_runs s WHERE true
        ON CONFLICT (id) DO UPDATE SET {_replaced(FLOW_RUN_COLUMNS)}, flow_id = excluded.flow_id;
    INSERT INTO flow_run_states ({_names(STATE_COLUMNS)})
        SELECT {_moved("flow_run_states")} FROM staged_flow_run_states s WHERE true ON CONFLICT (id) DO NOTHING;

    SELECT RAISE(ABORT, '{STALE}task_runs') WHERE EXISTS (
        SELECT 1 FROM staged_changed_task_runs s LEFT JOIN task_runs r ON r.id = s.id
        WHERE r.revision IS NOT s.expected_revision);
    INSERT INTO task_runs ({_names(TASK_RUN_COLUMNS)})
        SELECT {_moved("changed_task_runs")} FROM staged_changed_task_runs s WHERE true
        ON CONFLICT (id) DO UPDATE SET {_replaced(TASK_RUN_COLUMNS)};
    INSERT INTO task_runs ({_names(TASK_RUN_COLUMNS)})
        SELECT {_moved("task_runs")} FROM staged_task_runs s;
    INSERT INTO edges ({_names(EDGE_COLUMNS)})
        SELECT {_moved("edges")} FROM staged_edges s WHERE true ON CONFLICT DO NOTHING;

    INSERT INTO logs ({_names(LOG_COLUMNS)})
        SELECT {_moved("logs")} FROM staged_logs s WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO dead_letters ({_names(_STAGED["dead_letters"])})
        SELECT {_moved("dead_letters")} FROM staged_dead_letters s WHERE true ON CONFLICT DO NOTHING;
END;
"""


def prepare(connection: sqlite3.Connection, latest: int) -> None:
    """Makes the TEMP tables and the trigger, outside a transaction; `latest` is the schema that this Headrace knows."""
    tables = [f"CREATE TEMP TABLE staged_{table} ({_names(columns)});" for table, columns in _STAGED.items()]
    view = "CREATE TEMP VIEW step AS SELECT 1 AS taken;"
    connection.executescript("\n".join(["BEGIN;", *tables, view, _trigger(latest), "COMMIT;"]))


def step(connection: Connection, changes: Changes) -> None:
    """Stages the changes and takes the step; sqlite3.Error, StaleFacts or RowRefused where it was not taken."""
    staged = _Staging(connection)
    try:
        _stage(staged, changes)
        crash_points.reach("store.staged")
        crash_points.reach("store.commit.before")
        _take(connection)
        crash_points.reach("store.commit.after")
    except (OverflowError, UnicodeError) as exc:
        raise RowRefused(f"a number is too large or a text is not Unicode: {exc}") from exc
    finally:
        staged.clear()


def _take(connection: Connection) -> None:
    """Takes the step as soon as nobody else is at one.

    SQLite's own waiting looks ever more rarely, at last every 100 ms, so that under load who came first is served last.
    A short time-out that is begun again looks every other millisecond.
    """
    deadline = clock.monotonic() + BUSY_TIMEOUT_SECONDS
    connection.execute(f"PRAGMA busy_timeout = {_LOOKS_MILLISECONDS}")
    try:
        while True:
            try:
                connection.execute("INSERT INTO step VALUES (1)")
                return
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or clock.monotonic() >= deadline:
                    raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}")


class _Staging:
    """The staging tables of one connection, and which of them hold rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._filled: list[str] = []

    def add(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        self._filled.append(table)
        start, left = 0, len(rows)
        for size in SIZES:
            while left >= size:
                values = list(chain.from_iterable(rows[start : start + size]))
                self._connection.execute(_INSERTS[table, size], values)
                start, left = start + size, left - size

    def clear(self) -> None:
        """Leaves the tables empty; a connection on which that fails must not be used again."""
        try:
            for table in self._filled:
                self._connection.execute(f"DELETE FROM temp.staged_{table}")
        except sqlite3.Error:
            self._connection.is_spoiled = True
            raise

    def journal_keys(self, changes: Changes) -> JournalKeys:
        keys: JournalKeys = {None: None}
        if changes.journal is not None:
            keys[changes.journal.id] = _THIS_JOURNAL
        for journal_id in journals_named(changes) - keys.keys():
            found = self._connection.execute("SELECT key FROM journals WHERE id = ?", (journal_id,)).fetchall()
            if not found:
                raise StaleFacts("journals")
            keys[journal_id] = found[0][0]
        return keys


def _insert(table: str, size: int) -> str:
    row = f"({', '.join('?' * len(_STAGED[table]))})"
    return f"INSERT INTO temp.staged_{table} VALUES {', '.join([row] * size)}"


_INSERTS: Final[dict[tuple[str, int], str]] = {
    (table, size): _insert(table, size) for table in _STAGED for size in SIZES
}


def _stage(staged: _Staging, changes: Changes) -> None:
    journals = staged.journal_keys(changes)
    if changes.journal is not None:
        staged.add("journals", [journal_values(changes.journal)])
    staged.add("flows", [flow_values(row) for row in changes.flows])
    staged.add("flow_runs", [flow_run_values(row, journals) for row in changes.flow_runs])
    staged.add("flow_run_states", list(state_values(changes.flow_runs)))
    new = [row for row in changes.task_runs if row.expected_revision is None]
    staged.add("task_runs", [task_run_values(row, journals) for row in new])
    changed = [row for row in changes.task_runs if row.expected_revision is not None]
    staged.add("changed_task_runs", [(*task_run_values(row, journals), row.expected_revision) for row in changed])
    staged.add("edges", list(edge_values(changes.task_runs)))
    staged.add("logs", [log_values(row, journals) for row in changes.logs])
    staged.add("dead_letters", [dead_letter_values(row, journals) for row in changes.dead_letters])
