"""Changes as tuples of column values, in the order of the columns named beside them; alike for both databases.

Values that the databases encode differently stay as they are here: ids are bytes, JSON is a string.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from headrace._kernel.ids import state_id
from headrace._records import StateRecord, encode_history
from headrace.server.store.changes import Changes, DeadLetterRow, FlowRow, FlowRunRow, JournalRow, LogRow, TaskRunRow

__all__ = [
    "DEAD_LETTER_COLUMNS",
    "EDGE_COLUMNS",
    "FLOW_COLUMNS",
    "FLOW_RUN_COLUMNS",
    "JOURNAL_COLUMNS",
    "LASTING_FLOW_RUN_COLUMNS",
    "LOG_COLUMNS",
    "STATE_COLUMNS",
    "TASK_RUN_COLUMNS",
    "JournalKeys",
    "dead_letter_values",
    "edge_values",
    "flow_run_values",
    "flow_values",
    "journal_values",
    "journals_named",
    "log_values",
    "state_values",
    "task_run_values",
]

# A journal's id -> the value of a row's `journal` column.
JournalKeys = dict[bytes | None, int | None]


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Behind these, `journal_values` has what the cursors must be now.
JOURNAL_COLUMNS: Final = _columns("id host boot_id pid started_at states_cursor logs_cursor closed_at")
FLOW_COLUMNS: Final = _columns("id name created_at updated_at tags labels")
# Behind these, `flow_run_values` has the flow's name, and the id of the state that the run must be in now.
FLOW_RUN_COLUMNS: Final = _columns(
    "id name created_at updated_at attempt ordinal state_id state_type state_name state_at parameters tags labels "
    "context policy parent_task_run_id flow_version idempotency_key run_count expected_start_at next_scheduled_at "
    "start_at end_at running_us journal job_variables"
)
# Of these, what a flow run that moves goes on being; see FlowRunRow.
LASTING_FLOW_RUN_COLUMNS: Final = frozenset(
    _columns(
        "id name created_at parameters tags labels context parent_task_run_id flow_version idempotency_key "
        "job_variables"
    )
)
STATE_COLUMNS: Final = _columns("id flow_run_id attempt ordinal type name at message details data")
TASK_RUN_COLUMNS: Final = _columns(
    "id flow_run_id name task_key created_at updated_at attempt ordinal state_type state_name state_at history "
    "revision run_count tags dynamic_key task_version start_at end_at running_us journal"
)
EDGE_COLUMNS: Final = _columns("downstream parameter upstream")
LOG_COLUMNS: Final = _columns("flow_run_id task_run_id at level logger message journal position")
DEAD_LETTER_COLUMNS: Final = _columns("journal series position reason payload at")

_encode_json: Final = msgspec.json.Encoder().encode


def _json(value: object) -> str:
    return _encode_json(value).decode()


def journal_values(row: JournalRow) -> tuple[object, ...]:
    """A journal and its fence."""
    expected = row.expected_cursors
    states, logs = (None, None) if expected is None else expected
    return (
        row.id,
        row.host,
        row.boot_id,
        row.pid,
        row.started_at,
        row.states_cursor,
        row.logs_cursor,
        row.closed_at,
        states,
        logs,
    )


def flow_values(row: FlowRow) -> tuple[object, ...]:
    """A flow."""
    return row.id, row.name, row.created_at, row.created_at, _json(row.tags) if row.tags else "[]", row.labels.decode()


def flow_run_values(row: FlowRunRow, journals: JournalKeys) -> tuple[object, ...]:
    """A flow run, its flow by name, and its fence."""
    state = row.state
    return (
        row.id,
        row.name,
        row.created_at,
        row.updated_at,
        row.attempt,
        row.ordinal,
        None if state is None else state_id(row.id, state.attempt, state.ordinal),
        None if state is None else state.type,
        None if state is None else state.name,
        None if state is None else state.at,
        row.parameters.decode(),
        _json(row.tags) if row.tags else "[]",
        row.labels.decode(),
        row.context.decode(),
        None if row.policy is None else row.policy.decode(),
        row.parent_task_run_id,
        row.flow_version,
        row.idempotency_key,
        row.run_count,
        row.expected_start_at,
        row.next_scheduled_at,
        row.start_at,
        row.end_at,
        row.running_us,
        journals[row.journal_id],
        None if row.job_variables is None else row.job_variables.decode(),
        row.flow_name,
        row.expected_state_id,
    )


def state_values(rows: Iterable[FlowRunRow]) -> Iterator[tuple[object, ...]]:
    """The states that these flow runs add to their histories."""
    for row in rows:
        for state in row.new_states:
            yield _state(row.id, state)


def _state(run_id: bytes, state: StateRecord) -> tuple[object, ...]:
    return (
        state_id(run_id, state.attempt, state.ordinal),
        run_id,
        state.attempt,
        state.ordinal,
        state.type,
        state.name,
        state.at,
        state.message,
        None if state.details is None else _json(state.details),
        None if state.data is None else state.data.decode(),
    )


def task_run_values(row: TaskRunRow, journals: JournalKeys) -> tuple[object, ...]:
    """A task run. That it is new, or the revision expected of it, is the caller's to fence."""
    state = row.state
    return (
        row.id,
        row.flow_run_id,
        row.name,
        row.task_key,
        row.created_at,
        row.updated_at,
        state.attempt,
        state.ordinal,
        state.type,
        state.name,
        state.at,
        encode_history(row.history),
        row.revision,
        row.run_count,
        _json(row.tags) if row.tags else "[]",
        row.dynamic_key,
        row.task_version,
        row.start_at,
        row.end_at,
        row.running_us,
        journals[row.journal_id],
    )


def edge_values(rows: Iterable[TaskRunRow]) -> Iterator[tuple[bytes, str, bytes]]:
    """Who was given whose result, and as which parameter."""
    for row in rows:
        if row.inputs:
            for parameter, upstreams in row.inputs:
                for upstream in upstreams:
                    yield row.id, parameter, upstream


def log_values(row: LogRow, journals: JournalKeys) -> tuple[object, ...]:
    """A line of a log."""
    return (
        row.flow_run_id,
        row.task_run_id,
        row.at,
        row.level,
        row.logger,
        row.message,
        journals[row.journal_id] if row.request is None else row.request,
        row.position,
    )


def dead_letter_values(row: DeadLetterRow, journals: JournalKeys) -> tuple[object, ...]:
    """A record that the store cannot take."""
    return journals[row.journal_id], row.series, row.position, row.reason, row.payload, row.at


def journals_named(changes: Changes) -> set[bytes]:
    """The journals that these rows refer to."""
    families = (changes.flow_runs, changes.task_runs, changes.logs, changes.dead_letters)
    return {row.journal_id for family in families for row in family if row.journal_id is not None}
