"""The writing of changes on PostgreSQL: one transaction, rows taken in the order of their ids.

What comes in thousands (task runs, edges, log lines) is copied into TEMP tables and moved from there by one statement
each; what comes in ones (journals, flows, flow runs, states) is written directly, in one exchange with the server.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

import psycopg

from headrace._kernel import crash_points
from headrace.server.store.changes import Changes, JournalRow
from headrace.server.store.dialects.rows import (
    DEAD_LETTER_COLUMNS,
    EDGE_COLUMNS,
    FLOW_COLUMNS,
    FLOW_RUN_COLUMNS,
    JOURNAL_COLUMNS,
    LASTING_FLOW_RUN_COLUMNS,
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
from headrace.server.store.errors import RowRefused, StaleFacts

__all__ = ["Connection", "clear", "prepare", "step"]

Connection = psycopg.Connection[tuple[Any, ...]]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(columns)


def _marks(columns: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(columns))


def _sql(text: str) -> bytes:
    # The driver's types take a query that is put together only as bytes. Nothing here is put together from values.
    return text.encode()


_JOURNAL_KEYS: Final = _sql("SELECT id, key FROM journals WHERE id = ANY(%s::uuid[])")
_KEPT_FLOW_RUNS: Final = _sql("SELECT id FROM flow_runs WHERE id = ANY(%s::uuid[]) ORDER BY id FOR KEY SHARE")
_DELETED_FLOW_RUNS: Final = _sql("SELECT id FROM deleted_flow_runs WHERE id = ANY(%s::uuid[])")
_NEW_JOURNAL: Final = _sql(
    f"INSERT INTO journals ({_names(JOURNAL_COLUMNS)}) VALUES ({_marks(JOURNAL_COLUMNS)}) RETURNING key"
)
_MOVED_JOURNAL: Final = _sql(
    "UPDATE journals SET states_cursor = %s, logs_cursor = %s, closed_at = %s "
    "WHERE id = %s AND states_cursor = %s AND logs_cursor = %s AND closed_at IS NULL RETURNING key"
)
_NEW_FLOW: Final = _sql(
    f"INSERT INTO flows ({_names(FLOW_COLUMNS)}) VALUES ({_marks(FLOW_COLUMNS)}) ON CONFLICT (name) DO NOTHING"
)
# Who would delete the flow at this moment waits for the run, or the run for it, and is then refused.
_FLOW_ID: Final = "(SELECT id FROM flows WHERE flows.name = %s FOR KEY SHARE)"
_NEW_FLOW_RUN: Final = _sql(
    f"INSERT INTO flow_runs ({_names(FLOW_RUN_COLUMNS)}, flow_id) VALUES ({_marks(FLOW_RUN_COLUMNS)}, {_FLOW_ID})"
)
_MOVING: Final = [column for column in FLOW_RUN_COLUMNS if column not in LASTING_FLOW_RUN_COLUMNS]
_moving_values: Final = itemgetter(*map(FLOW_RUN_COLUMNS.index, _MOVING))
_MOVING_MARKS: Final = ", ".join("coalesce(%s, policy)" if column == "policy" else "%s" for column in _MOVING)
_CHANGED_FLOW_RUN: Final = _sql(
    f"UPDATE flow_runs SET ({_names(_MOVING)}) = ({_MOVING_MARKS}) WHERE id = %s AND state_id IS NOT DISTINCT FROM %s"
)
_NEW_STATE: Final = _sql(
    f"INSERT INTO flow_run_states ({_names(STATE_COLUMNS)}) VALUES ({_marks(STATE_COLUMNS)}) ON CONFLICT DO NOTHING"
)
_NEW_STATE_KEPT: Final = (
    b"WITH new AS (" + _NEW_STATE + b" RETURNING flow_run_id, attempt, ordinal) "
    b"INSERT INTO run_changes (flow_run_id, attempt, ordinal) SELECT * FROM new"
)
_DEAD_LETTER: Final = _sql(
    f"INSERT INTO dead_letters ({_names(DEAD_LETTER_COLUMNS)}) VALUES ({_marks(DEAD_LETTER_COLUMNS)}) "
    "ON CONFLICT DO NOTHING"
)

_IDS: Final = frozenset({"id", "flow_run_id", "task_run_id", "downstream", "upstream"})
_TEXTS: Final = frozenset(
    {
        "name",
        "task_key",
        "state_type",
        "state_name",
        "tags",
        "dynamic_key",
        "task_version",
        "parameter",
        "logger",
        "message",
    }
)
# The columns of the staging tables; all numbers are staged as bigint.
_STAGED: Final[dict[str, tuple[str, ...]]] = {
    "task_runs": TASK_RUN_COLUMNS,
    "changed_task_runs": (*TASK_RUN_COLUMNS, "expected_revision"),
    "edges": EDGE_COLUMNS,
    "logs": LOG_COLUMNS,
}


def _type(column: str) -> str:
    return "uuid" if column in _IDS else "text" if column in _TEXTS else "bytea" if column == "history" else "bigint"


def _moved(columns: Sequence[str]) -> str:
    return ", ".join(f"s.{column}::jsonb" if column == "tags" else f"s.{column}" for column in columns)


_LOCKED_REVISIONS: Final = _sql(
    "SELECT r.id FROM task_runs r JOIN staged_changed_task_runs s ON s.id = r.id "
    "WHERE r.revision = s.expected_revision ORDER BY r.id FOR UPDATE OF r"
)
# What those who listen are told of task runs; see `run_changes` in the schema. Read before the row itself moves.
_NEW_TASK_RUNS: Final = _sql(
    "INSERT INTO run_changes (task_run_id, history) SELECT s.id, s.history FROM staged_task_runs s ORDER BY s.id"
)
_CHANGES_OF_TASK_RUNS: Final = _sql(
    "INSERT INTO run_changes (task_run_id, history, history_before) SELECT s.id, s.history, r.history "
    "FROM staged_changed_task_runs s JOIN task_runs r ON r.id = s.id ORDER BY s.id"
)
_MOVES: Final[dict[str, str]] = {
    "task_runs": f"INSERT INTO task_runs ({_names(TASK_RUN_COLUMNS)}) "
    f"SELECT {_moved(TASK_RUN_COLUMNS)} FROM staged_task_runs s ORDER BY s.id",
    "changed_task_runs": f"UPDATE task_runs r SET ({_names(TASK_RUN_COLUMNS)}) = ROW({_moved(TASK_RUN_COLUMNS)}) "
    "FROM staged_changed_task_runs s WHERE s.id = r.id",
    "edges": f"INSERT INTO edges ({_names(EDGE_COLUMNS)}) SELECT {_names(EDGE_COLUMNS)} FROM staged_edges "
    "ORDER BY downstream, parameter, upstream ON CONFLICT DO NOTHING",
    "logs": f"INSERT INTO logs ({_names(LOG_COLUMNS)}) SELECT {_names(LOG_COLUMNS)} FROM staged_logs "
    "ORDER BY journal, position ON CONFLICT (journal, position) WHERE journal IS NOT NULL DO NOTHING",
}


def prepare(connection: Connection) -> None:
    """Makes the TEMP tables of a connection; they empty themselves at the end of each transaction."""
    for staged, columns in _STAGED.items():
        typed = ", ".join(f"{column} {_type(column)}" for column in columns)
        connection.execute(_sql(f"CREATE TEMP TABLE staged_{staged} ({typed}) ON COMMIT DELETE ROWS"))


def clear(connection: Connection) -> None:
    """Empties the TEMP tables between two writings in one transaction."""
    for staged in _STAGED:
        connection.execute(_sql(f"DELETE FROM staged_{staged}"))


def step(connection: Connection, changes: Changes, *, keeps_changes: bool) -> None:
    """Writes the changes in the open transaction; psycopg.Error, StaleFacts or RowRefused where that fails.

    With `keeps_changes`, what runs go to is kept for those who listen.
    """
    try:
        journals = _journal_keys(connection, changes)
        _keep_from_deletion(connection, changes)
        _write_few(connection, changes, journals, keeps_changes=keeps_changes)
        _write_many(connection, changes, journals, keeps_changes=keeps_changes)
    except (OverflowError, UnicodeError) as exc:
        raise RowRefused(f"a number is too large or a text is not Unicode: {exc}") from exc
    crash_points.reach("store.staged")


def _journal_keys(connection: Connection, changes: Changes) -> JournalKeys:
    """Moves the journal first, which also makes two drainers of one journal wait for each other."""
    keys: JournalKeys = {None: None}
    if changes.journal is not None:
        moved = _write_journal(connection, changes.journal)
        if not moved:
            raise StaleFacts("journals")
        keys[changes.journal.id] = moved[0][0]
    others = [journal_id.hex() for journal_id in journals_named(changes) - keys.keys()]
    if others:
        found = dict(connection.execute(_JOURNAL_KEYS, (others,)).fetchall())
        if len(found) < len(others):
            raise StaleFacts("journals")
        keys.update(found)
    return keys


def _write_journal(connection: Connection, row: JournalRow) -> list[tuple[Any, ...]]:
    if row.expected_cursors is None:
        return connection.execute(_NEW_JOURNAL, journal_values(row)[: len(JOURNAL_COLUMNS)]).fetchall()
    values = (row.states_cursor, row.logs_cursor, row.closed_at, row.id, *row.expected_cursors)
    return connection.execute(_MOVED_JOURNAL, values).fetchall()


def _keep_from_deletion(connection: Connection, changes: Changes) -> None:
    """Makes who would delete the flow runs that the changes are about wait; StaleFacts where that is done already."""
    about = {row.flow_run_id for row in changes.task_runs} | {row.flow_run_id for row in changes.logs}
    about |= {row.id for row in changes.flow_runs if row.is_new}
    run_ids = [run_id.hex() for run_id in about if run_id is not None]
    if run_ids:
        connection.execute(_KEPT_FLOW_RUNS, (run_ids,))
        if connection.execute(_DELETED_FLOW_RUNS, (run_ids,)).fetchall():
            raise StaleFacts("deleted_flow_runs")


def _write_few(connection: Connection, changes: Changes, journals: JournalKeys, *, keeps_changes: bool) -> None:
    fenced: list[psycopg.Cursor[tuple[Any, ...]]] = []
    new_state = _NEW_STATE_KEPT if keeps_changes else _NEW_STATE
    try:
        with connection.pipeline():
            _send_few(connection, changes, journals, fenced, new_state)
    except psycopg.Error:
        # What the pipeline was to prepare behind its failure is not there, though the driver counts on it.
        connection.prepare_threshold = None
        raise
    if any(written.rowcount != 1 for written in fenced):
        raise StaleFacts("flow_runs")


def _send_few(
    connection: Connection,
    changes: Changes,
    journals: JournalKeys,
    fenced: list[psycopg.Cursor[tuple[Any, ...]]],
    new_state: bytes,
) -> None:
    for row in sorted(changes.flows, key=lambda row: row.name):
        connection.execute(_NEW_FLOW, flow_values(row))
    for run in sorted(changes.flow_runs, key=lambda row: row.id):
        *values, flow_name, expected_state_id = flow_run_values(run, journals)
        if run.is_new:
            connection.execute(_NEW_FLOW_RUN, (*values, flow_name))
        else:
            moving = _moving_values(values)
            fenced.append(connection.execute(_CHANGED_FLOW_RUN, (*moving, run.id, expected_state_id)))
    for state in state_values(changes.flow_runs):
        connection.execute(new_state, state)
    for letter in changes.dead_letters:
        connection.execute(_DEAD_LETTER, dead_letter_values(letter, journals))


def _write_many(connection: Connection, changes: Changes, journals: JournalKeys, *, keeps_changes: bool) -> None:
    changed = [row for row in changes.task_runs if row.expected_revision is not None]
    if changed:
        rows = [(*task_run_values(row, journals), row.expected_revision) for row in changed]
        _copy(connection, "changed_task_runs", rows)
        if len(connection.execute(_LOCKED_REVISIONS).fetchall()) != len(changed):
            raise StaleFacts("task_runs")
        if keeps_changes:
            connection.execute(_CHANGES_OF_TASK_RUNS)
        connection.execute(_sql(_MOVES["changed_task_runs"]))
    new = [task_run_values(row, journals) for row in changes.task_runs if row.expected_revision is None]
    _copy_and_move(connection, "task_runs", new)
    if new and keeps_changes:
        connection.execute(_NEW_TASK_RUNS)
    _copy_and_move(connection, "edges", list(edge_values(changes.task_runs)))
    _copy_and_move(connection, "logs", [log_values(row, journals) for row in changes.logs])


def _copy_and_move(connection: Connection, staged: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        _copy(connection, staged, rows)
        connection.execute(_sql(_MOVES[staged]))


def _copy(connection: Connection, staged: str, rows: Sequence[Sequence[object]]) -> None:
    columns = _STAGED[staged]
    with (
        connection.cursor() as cursor,
        cursor.copy(_sql(f"COPY staged_{staged} ({_names(columns)}) FROM STDIN (FORMAT BINARY)")) as copy,
    ):
        # In binary form a uuid is its 16 bytes, as a bytea is: so ids are written without becoming UUID objects.
        copy.set_types([_type(column).replace("uuid", "bytea").replace("bigint", "int8") for column in columns])
        for row in rows:
            copy.write_row(row)
