"""The write step of SQLite: changes are staged in TEMP tables, then one INSERT moves all of them.

sqlite3 gives the GIL back at each step of a statement and may get it again only after a CPU-bound or GIL-holding
thread lets go. So no Python runs between taking the write lock and giving it back: the fences and the moves stand in
a TEMP trigger, and the lock is held for one call into SQLite. Staging takes no lock of the file at all.

A step's trigger has the statements that its changes need and no others: it is made when the first such changes come.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Final

from headrace._kernel import crash_points
from headrace.server.store.changes import Changes
from headrace.server.store.dialects.rows import (
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
from headrace.server.store.dialects.sqlite_connections import Connection, execute
from headrace.server.store.dialects.sqlite_trigger import (
    STAGED,
    STAGING_TABLES,
    STEP_COLUMNS,
    THIS_JOURNAL,
    step_script,
)
from headrace.server.store.errors import RowRefused, StaleFacts

__all__ = ["SIZES", "prepare", "step"]

# SQLite's own waiting looks ever more rarely, at last every 100 ms, so that under load who came first is served last.
# A short time-out that is begun again looks every other millisecond.
_LOOKS_MILLISECONDS: Final = 3

# Rows a statement: each size is one prepared statement. SQLite takes 32,766 parameters.
SIZES: Final = (512, 64, 8, 1)


def prepare(connection: sqlite3.Connection) -> None:
    """Makes the staging tables, outside a transaction."""
    connection.execute(f"PRAGMA busy_timeout = {_LOOKS_MILLISECONDS}")
    connection.executescript(STAGING_TABLES)


def step(connection: Connection, changes: Changes, latest: int) -> None:
    """Stages the changes and takes the step; sqlite3.Error, StaleFacts or RowRefused where it was not taken."""
    staged = _Staging(connection)
    try:
        _stage(staged, changes)
        crash_points.reach("store.staged")
        taking = _taking(connection, (_journal_part(changes), *staged.filled), latest)
        crash_points.reach("store.commit.before")
        execute(connection, taking, _NO_JOURNAL if changes.journal is None else journal_values(changes.journal))
        crash_points.reach("store.commit.after")
    except BaseException as exc:
        staged.clear()
        if isinstance(exc, OverflowError | UnicodeError):
            raise RowRefused(f"a number is too large or a text is not Unicode: {exc}") from exc
        raise


_NO_JOURNAL: Final = (None,) * len(STEP_COLUMNS)


def _journal_part(changes: Changes) -> str:
    if changes.journal is None:
        return "no_journal"
    return "new_journal" if changes.journal.expected_cursors is None else "known_journal"


def _taking(connection: Connection, parts: tuple[str, ...], latest: int) -> str:
    """The statement that takes a step with these parts."""
    statement = connection.steps.get(parts)
    if statement is None:
        name = "step_" + "_".join(parts)
        for part in step_script(name, parts, latest):
            connection.execute(part)
        statement = connection.steps[parts] = f"INSERT INTO {name} VALUES ({', '.join('?' * len(STEP_COLUMNS))})"
    return statement


class _Staging:
    """The staging tables of one connection, and which of them hold rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.filled: list[str] = []

    def add(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        self.filled.append(table)
        start, left = 0, len(rows)
        for size in SIZES:
            while left >= size:
                values = list(chain.from_iterable(rows[start : start + size]))
                self._connection.execute(_INSERTS[table, size], values)
                start, left = start + size, left - size

    def clear(self) -> None:
        """Leaves the tables empty; a connection on which that fails must not be used again."""
        try:
            for table in self.filled:
                self._connection.execute(f"DELETE FROM temp.staged_{table}")
        except sqlite3.Error:
            self._connection.is_spoiled = True
            raise

    def journal_keys(self, changes: Changes) -> JournalKeys:
        keys: JournalKeys = {None: None}
        if changes.journal is not None:
            keys[changes.journal.id] = THIS_JOURNAL
        for journal_id in journals_named(changes) - keys.keys():
            found = execute(self._connection, "SELECT key FROM journals WHERE id = ?", (journal_id,)).fetchall()
            if not found:
                raise StaleFacts("journals")
            keys[journal_id] = found[0][0]
        return keys


def _insert(table: str, size: int) -> str:
    row = f"({', '.join('?' * len(STAGED[table]))})"
    return f"INSERT INTO temp.staged_{table} VALUES {', '.join([row] * size)}"


_INSERTS: Final[dict[tuple[str, int], str]] = {
    (table, size): _insert(table, size) for table in STAGED for size in SIZES
}


def _stage(staged: _Staging, changes: Changes) -> None:
    journals = staged.journal_keys(changes)
    staged.add("flows", [flow_values(row) for row in changes.flows])
    new_flow_runs = [row for row in changes.flow_runs if row.is_new]
    staged.add("flow_runs", [flow_run_values(row, journals) for row in new_flow_runs])
    changed_flow_runs = [row for row in changes.flow_runs if not row.is_new]
    staged.add("changed_flow_runs", [flow_run_values(row, journals) for row in changed_flow_runs])
    staged.add("flow_run_states", list(state_values(changes.flow_runs)))
    new = [row for row in changes.task_runs if row.expected_revision is None]
    staged.add("task_runs", [task_run_values(row, journals) for row in new])
    changed = [row for row in changes.task_runs if row.expected_revision is not None]
    staged.add("changed_task_runs", [(*task_run_values(row, journals), row.expected_revision) for row in changed])
    staged.add("edges", list(edge_values(changes.task_runs)))
    staged.add("logs", [log_values(row, journals) for row in changes.logs])
    staged.add("dead_letters", [dead_letter_values(row, journals) for row in changes.dead_letters])
