"""What every run needs, in literal SQL on the bare driver: the facts behind a decision, and the writing of its changes.

Nothing here may import SQLAlchemy: a plain script goes through these functions and no others.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from headrace._records import StateRecord, decode_history
from headrace.server.store.changes import Changes
from headrace.server.store.facts import FlowRunFacts, JournalFacts, TaskRunFacts
from headrace.server.store.transactions import Tx

__all__ = [
    "FLOW_RUN_COLUMNS",
    "TASK_RUN_COLUMNS",
    "UNFINISHED",
    "apply",
    "cancelling_of_journal",
    "cursors",
    "flow_run_facts",
    "flow_run_from_row",
    "json_bytes",
    "known_flow_ids",
    "state_from_row",
    "task_run_facts",
    "task_run_from_row",
    "texts",
    "unfinished_of_journals",
]

# The order of columns in which `flow_run_from_row` takes a flow run, its flow, its journal and its current state.
FLOW_RUN_COLUMNS: Final = (
    "r.id, r.flow_id, f.name, r.name, r.created_at, r.updated_at, r.attempt, r.ordinal, r.state_id, r.parameters, "
    "r.tags, r.labels, r.context, r.policy, r.parent_task_run_id, r.flow_version, r.idempotency_key, r.run_count, "
    "r.expected_start_at, r.next_scheduled_at, r.start_at, r.end_at, r.running_us, j.id, "
    "s.attempt, s.ordinal, s.type, s.name, s.at, s.message, s.details, s.data, r.infrastructure_pid, r.job_variables"
)
TASK_RUN_COLUMNS: Final = (
    "r.id, r.flow_run_id, r.name, r.task_key, r.created_at, r.updated_at, r.attempt, r.ordinal, r.history, r.revision, "
    "r.run_count, r.tags, r.dynamic_key, r.task_version, r.start_at, r.end_at, r.running_us, j.id"
)
UNFINISHED: Final = "state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')"
"""The very condition of the partial indexes `..._unfinished`, which serve it only where it is spelled alike."""

_CURSORS: Final = "SELECT states_cursor, logs_cursor, closed_at FROM journals WHERE id {among}"
_FLOW_RUN_FACTS: Final = (
    f"SELECT {FLOW_RUN_COLUMNS} FROM flow_runs r JOIN flows f ON f.id = r.flow_id "
    "LEFT JOIN journals j ON j.key = r.journal LEFT JOIN flow_run_states s "
    "ON s.flow_run_id = r.id AND s.attempt = r.attempt AND s.ordinal = r.ordinal WHERE r.id {among}"
)
_TASK_RUN_FACTS: Final = (
    f"SELECT {TASK_RUN_COLUMNS} FROM task_runs r LEFT JOIN journals j ON j.key = r.journal WHERE r.id {{among}}"
)
_UNFINISHED_FLOW_RUNS: Final = (
    "SELECT r.id FROM flow_runs r WHERE r.journal IN (SELECT key FROM journals WHERE id {among}) "
    f"AND r.journal IS NOT NULL AND r.{UNFINISHED} ORDER BY r.id"
)
_CANCELLING: Final = (
    "SELECT r.id, s.message FROM flow_runs r LEFT JOIN flow_run_states s "
    "ON s.flow_run_id = r.id AND s.attempt = r.attempt AND s.ordinal = r.ordinal "
    "WHERE r.journal IN (SELECT key FROM journals WHERE id {among}) "
    f"AND r.journal IS NOT NULL AND r.{UNFINISHED} AND r.state_type = 'CANCELLING'"
)
_UNFINISHED_TASK_RUNS: Final = (
    "SELECT r.id FROM task_runs r WHERE r.journal IN (SELECT key FROM journals WHERE id {among}) "
    f"AND r.journal IS NOT NULL AND r.{UNFINISHED} ORDER BY r.id"
)
_KNOWN_FLOWS: Final = "SELECT name, id FROM flows WHERE name {among}"

_decode_texts: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_details: Final = msgspec.json.Decoder(dict[str, Any]).decode


def apply(tx: Tx, changes: Changes) -> None:
    """Writes all of `changes` in one atomic step, or nothing.

    Raises StaleFacts where a fence fails, RowRefused where the database can never take one of the rows.
    """
    tx.apply(changes)


def cursors(tx: Tx, journal_id: bytes) -> JournalFacts | None:
    """How far a journal is stored; None where the store never heard of it."""
    rows = tx.rows_among(_CURSORS, (journal_id,))
    return JournalFacts(*rows[0]) if rows else None


def flow_run_facts(tx: Tx, run_ids: Iterable[bytes]) -> dict[bytes, FlowRunFacts]:
    """The flow runs that exist among these, whole."""
    return {row[0]: flow_run_from_row(row) for row in tx.rows_among(_FLOW_RUN_FACTS, run_ids)}


def task_run_facts(tx: Tx, run_ids: Iterable[bytes]) -> dict[bytes, TaskRunFacts]:
    """The task runs that exist among these, whole."""
    return {row[0]: task_run_from_row(row) for row in tx.rows_among(_TASK_RUN_FACTS, run_ids)}


def unfinished_of_journals(tx: Tx, journal_ids: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The flow runs and the task runs that these journals' processes hold and have not ended, oldest first."""
    wanted = tuple(journal_ids)
    flow_runs = tx.rows_among(_UNFINISHED_FLOW_RUNS, wanted)
    task_runs = tx.rows_among(_UNFINISHED_TASK_RUNS, wanted)
    return [row[0] for row in flow_runs], [row[0] for row in task_runs]


def cancelling_of_journal(tx: Tx, journal_id: bytes) -> list[tuple[bytes, str | None]]:
    """The flow runs that this journal's process holds and shall end as Cancelled, each with the reason."""
    return [(row[0], row[1]) for row in tx.rows_among(_CANCELLING, (journal_id,))]


def known_flow_ids(tx: Tx, names: Iterable[str]) -> dict[str, bytes]:
    """The ids of the flows that exist among these names."""
    return {row[0]: row[1] for row in tx.rows_among(_KNOWN_FLOWS, names)}


def flow_run_from_row(row: Sequence[Any]) -> FlowRunFacts:
    """A flow run from a row of FLOW_RUN_COLUMNS."""
    return FlowRunFacts(
        id=row[0],
        flow_id=row[1],
        flow_name=row[2],
        name=row[3],
        created_at=row[4],
        updated_at=row[5],
        attempt=row[6],
        ordinal=row[7],
        state_id=row[8],
        state=None if row[24] is None else state_from_row(row[24:32]),
        parameters=json_bytes(row[9]),
        tags=texts(row[10]),
        labels=json_bytes(row[11]),
        context=json_bytes(row[12]),
        policy=json_bytes(row[13]),
        parent_task_run_id=row[14],
        flow_version=row[15],
        idempotency_key=row[16],
        run_count=row[17],
        expected_start_at=row[18],
        next_scheduled_at=row[19],
        start_at=row[20],
        end_at=row[21],
        running_us=row[22],
        journal_id=row[23],
        infrastructure_pid=row[32],
        job_variables=None if row[33] is None else json_bytes(row[33]),
    )


def task_run_from_row(row: Sequence[Any]) -> TaskRunFacts:
    """A task run from a row of TASK_RUN_COLUMNS."""
    attempt, ordinal, history = row[6], row[7], decode_history(row[8])
    current = next((state for state in history if state.attempt == attempt and state.ordinal == ordinal), history[-1])
    return TaskRunFacts(
        id=row[0],
        flow_run_id=row[1],
        name=row[2],
        task_key=row[3],
        created_at=row[4],
        updated_at=row[5],
        state=current,
        history=history,
        revision=row[9],
        run_count=row[10],
        tags=texts(row[11]),
        dynamic_key=row[12],
        task_version=row[13],
        start_at=row[14],
        end_at=row[15],
        running_us=row[16],
        journal_id=row[17],
    )


def state_from_row(row: Sequence[Any]) -> StateRecord:
    """A state from the columns attempt, ordinal, type, name, at, message, details, data."""
    details, data = row[6], row[7]
    return StateRecord(
        attempt=row[0],
        ordinal=row[1],
        type=row[2],
        name=row[3],
        at=row[4],
        message=row[5],
        details=None if details is None else _decode_details(details),
        data=None if data is None else json_bytes(data),
    )


def json_bytes(value: str | bytes) -> bytes:
    """A column of JSON, as whichever driver gives it."""
    return value.encode() if isinstance(value, str) else value


def texts(value: str | bytes) -> tuple[str, ...]:
    """A column of texts as JSON, such as tags."""
    return () if len(value) == 2 else _decode_texts(value)
