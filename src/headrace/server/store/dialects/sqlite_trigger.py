"""The SQL of SQLite's write step: the staging tables, and for each set of them that has rows, a trigger.

A trigger names the tables of the file without a prefix, so no staging table may bear the name of one.
"""

from collections.abc import Collection, Iterable
from typing import Final

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
)
from headrace.server.store.dialects.sqlite_errors import NEWER, STALE

__all__ = ["STAGED", "STAGING_TABLES", "STEP_COLUMNS", "THIS_JOURNAL", "step_script"]

STAGED: Final[dict[str, tuple[str, ...]]] = {
    "flows": FLOW_COLUMNS,
    "flow_runs": (*FLOW_RUN_COLUMNS, "flow_name", "expected_state_id"),
    "changed_flow_runs": (*FLOW_RUN_COLUMNS, "flow_name", "expected_state_id"),
    "flow_run_states": STATE_COLUMNS,
    "task_runs": TASK_RUN_COLUMNS,  # that are new: nearly all, in their thousands
    "changed_task_runs": (*TASK_RUN_COLUMNS, "expected_revision"),
    "edges": EDGE_COLUMNS,
    "logs": LOG_COLUMNS,
    "dead_letters": DEAD_LETTER_COLUMNS,
}
"""Each staging table, less the prefix of its name, with its columns."""

STEP_COLUMNS: Final = (*JOURNAL_COLUMNS, "expected_states", "expected_logs")
"""The columns of the one row that takes a step: the journal with its fence, or nulls."""

THIS_JOURNAL: Final = 0
"""In a staged row, it stands for the journal of the same changes: its key may be made by this very step."""


def _names(columns: Iterable[str]) -> str:
    return ", ".join(columns)


STAGING_TABLES: Final = "\n".join(
    [
        "BEGIN;",
        *[f"CREATE TEMP TABLE staged_{name} ({_names(columns)});" for name, columns in STAGED.items()],
        "COMMIT;",
    ]
)


def step_script(name: str, parts: Collection[str], latest: int) -> tuple[str, str]:
    """Makes the view `name`: who inserts a row of STEP_COLUMNS takes the step, and leaves the staging tables empty.

    `parts` are the staging tables that hold rows, and new_journal or known_journal where there is one; `latest` is the
    schema that this Headrace knows. A transaction that is rolled back takes them away again, or may not.
    """
    newer = f"SELECT RAISE(ABORT, '{NEWER}') WHERE (SELECT min_writer FROM meta) > {latest};"
    reporting = [_RUNS_OF[table] for table in _RUNS_OF if table in parts]
    fence = [_not_deleted(reporting)] if reporting else []
    moves = [statement for part, statement in _MOVES.items() if part in parts]
    emptied = [f"DELETE FROM staged_{table};" for table in STAGED if table in parts]
    body = "\n".join([newer, *fence, *moves, *emptied])
    columns = _names(f"NULL AS {column}" for column in STEP_COLUMNS)
    return (
        f"CREATE TEMP VIEW IF NOT EXISTS {name} AS SELECT {columns}",
        f"CREATE TEMP TRIGGER IF NOT EXISTS {name}_taken INSTEAD OF INSERT ON {name} BEGIN\n{body}\nEND",
    )


def _moved(columns: Iterable[str]) -> str:
    return _names(_moved_column(column) for column in columns)


def _moved_column(column: str) -> str:
    if column == "journal":
        this = "(SELECT j.key FROM journals j WHERE j.id = NEW.id)"
        return f"CASE s.journal WHEN {THIS_JOURNAL} THEN {this} ELSE s.journal END"
    return f"s.{column}"


_FLOW_ID: Final = "(SELECT f.id FROM flows f WHERE f.name = s.flow_name)"
# What changes with a run's state. SQLite writes anew an index's entry for a column that is set, also to the value that
# it has; so the other columns, and with them the other indexes, are set only where one of them has another value.
_PROGRESS: Final = frozenset(
    "updated_at attempt ordinal state_id state_type state_name state_at history revision run_count end_at "
    "running_us".split()
)


_MOVING_FLOW_RUN_COLUMNS: Final = [column for column in FLOW_RUN_COLUMNS if column not in LASTING_FLOW_RUN_COLUMNS]


def _updates(table: str, columns: Iterable[str], **others: str) -> str:
    """Brings rows that are there to what is staged; `others` are columns with an expression for their value."""
    values = {column: _moved_column(column) for column in columns if column != "id"} | others
    progress = [column for column in values if column in _PROGRESS]
    rest = [column for column in values if column not in _PROGRESS]
    staged = f"FROM staged_changed_{table} s WHERE {table}.id = s.id"
    rest_before, rest_after = _names(f"{table}.{column}" for column in rest), _names(values[column] for column in rest)
    return f"""
    UPDATE {table} SET ({_names(progress)}) = ({_names(values[column] for column in progress)}) {staged};
    UPDATE {table} SET ({_names(rest)}) = ({rest_after}) {staged} AND ({rest_before}) IS NOT ({rest_after});
"""


def _flows_are_known(staged: str) -> str:
    return f"""
    SELECT RAISE(ABORT, '{STALE}flows') WHERE EXISTS (
        SELECT 1 FROM {staged} s WHERE NOT EXISTS (SELECT 1 FROM flows f WHERE f.name = s.flow_name));
"""


# The flow runs that new rows are about; a changed row is gone with its run, which its own fence notices.
_RUNS_OF: Final = {
    "flow_runs": "SELECT id FROM staged_flow_runs",
    "task_runs": "SELECT flow_run_id FROM staged_task_runs",
    "logs": "SELECT flow_run_id FROM staged_logs",
}


def _not_deleted(reporting: Iterable[str]) -> str:
    return f"""
    SELECT RAISE(ABORT, '{STALE}deleted_flow_runs') WHERE EXISTS (SELECT 1 FROM deleted_flow_runs) AND EXISTS (
        SELECT 1 FROM deleted_flow_runs WHERE id IN ({" UNION ALL ".join(reporting)}));
"""


# What runs go to is kept for those who listen, while somebody does. Read before the row itself moves.
_IS_LISTENED_TO: Final = (
    "EXISTS (SELECT 1 FROM listeners WHERE topic = 'runs' AND until > CAST(strftime('%s', 'now') AS INTEGER) * 1000000)"
)

# In the order in which they are written. What must be new is fenced by its key.
_MOVES: Final = {
    "new_journal": f"""
    INSERT INTO journals ({_names(JOURNAL_COLUMNS)}) VALUES ({_names(f"NEW.{column}" for column in JOURNAL_COLUMNS)});
""",
    "known_journal": f"""
    SELECT RAISE(ABORT, '{STALE}journals') WHERE NOT EXISTS (
        SELECT 1 FROM journals WHERE id = NEW.id AND closed_at IS NULL
        AND states_cursor = NEW.expected_states AND logs_cursor = NEW.expected_logs);
    UPDATE journals SET states_cursor = NEW.states_cursor, logs_cursor = NEW.logs_cursor, closed_at = NEW.closed_at
        WHERE id = NEW.id;
""",
    "flows": f"""
    INSERT INTO flows ({_names(FLOW_COLUMNS)})
        SELECT {_moved(FLOW_COLUMNS)} FROM staged_flows s WHERE true ON CONFLICT (name) DO NOTHING;
""",
    "flow_runs": f"""
    {_flows_are_known("staged_flow_runs")}
    INSERT INTO flow_runs ({_names(FLOW_RUN_COLUMNS)}, flow_id)
        SELECT {_moved(FLOW_RUN_COLUMNS)}, {_FLOW_ID} FROM staged_flow_runs s;
""",
    "changed_flow_runs": f"""
    SELECT RAISE(ABORT, '{STALE}flow_runs') WHERE EXISTS (
        SELECT 1 FROM staged_changed_flow_runs s LEFT JOIN flow_runs r ON r.id = s.id
        WHERE r.id IS NULL OR r.state_id IS NOT s.expected_state_id);
    {_updates("flow_runs", _MOVING_FLOW_RUN_COLUMNS, policy="coalesce(s.policy, flow_runs.policy)")}
""",
    "flow_run_states": f"""
    INSERT INTO run_changes (flow_run_id, attempt, ordinal)
        SELECT s.flow_run_id, s.attempt, s.ordinal FROM staged_flow_run_states s WHERE {_IS_LISTENED_TO}
        AND NOT EXISTS (SELECT 1 FROM flow_run_states o
            WHERE o.flow_run_id = s.flow_run_id AND o.attempt = s.attempt AND o.ordinal = s.ordinal);
    INSERT INTO flow_run_states ({_names(STATE_COLUMNS)})
        SELECT {_moved(STATE_COLUMNS)} FROM staged_flow_run_states s WHERE true ON CONFLICT DO NOTHING;
""",
    "changed_task_runs": f"""
    SELECT RAISE(ABORT, '{STALE}task_runs') WHERE EXISTS (
        SELECT 1 FROM staged_changed_task_runs s LEFT JOIN task_runs r ON r.id = s.id
        WHERE r.revision IS NOT s.expected_revision);
    INSERT INTO run_changes (task_run_id, history, history_before)
        SELECT s.id, s.history, r.history FROM staged_changed_task_runs s JOIN task_runs r ON r.id = s.id
        WHERE {_IS_LISTENED_TO};
    {_updates("task_runs", TASK_RUN_COLUMNS)}
""",
    "task_runs": f"""
    INSERT INTO run_changes (task_run_id, history)
        SELECT s.id, s.history FROM staged_task_runs s WHERE {_IS_LISTENED_TO};
    INSERT INTO task_runs ({_names(TASK_RUN_COLUMNS)}) SELECT {_moved(TASK_RUN_COLUMNS)} FROM staged_task_runs s;
""",
    "edges": f"""
    INSERT INTO edges ({_names(EDGE_COLUMNS)})
        SELECT {_moved(EDGE_COLUMNS)} FROM staged_edges s WHERE true ON CONFLICT DO NOTHING;
""",
    "logs": f"""
    INSERT INTO logs ({_names(LOG_COLUMNS)})
        SELECT {_moved(LOG_COLUMNS)} FROM staged_logs s WHERE true ON CONFLICT DO NOTHING;
""",
    "dead_letters": f"""
    INSERT INTO dead_letters ({_names(DEAD_LETTER_COLUMNS)})
        SELECT {_moved(DEAD_LETTER_COLUMNS)} FROM staged_dead_letters s WHERE true ON CONFLICT DO NOTHING;
""",
}
