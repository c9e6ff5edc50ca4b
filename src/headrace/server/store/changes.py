"""What a use case decided, as values: the rows to write and the facts they rest on.

Fences are part of the rows (`expected_...`): `hot.apply` writes all of it in one atomic step, or raises StaleFacts
and writes nothing; the use case then reads the facts again and decides again.
"""

import msgspec

from headrace._records import StateRecord

__all__ = [
    "Changes",
    "DeadLetterRow",
    "FlowRow",
    "FlowRunRow",
    "JournalRow",
    "LogRow",
    "TaskRunRow",
]


class JournalRow(msgspec.Struct, frozen=True):
    """A journal's identity and its cursor, moved from the expected positions to the new ones."""

    id: bytes
    host: str
    boot_id: str
    pid: int
    started_at: int
    states_cursor: int
    logs_cursor: int
    expected_cursors: tuple[int, int] | None  # None: the journal must be unknown to the store
    closed_at: int | None = None


class FlowRow(msgspec.Struct, frozen=True):
    """A flow, made where no flow of this name exists; else the one that exists stays as it is."""

    id: bytes
    name: str
    created_at: int
    tags: tuple[str, ...] = ()
    labels: bytes = b"{}"


class FlowRunRow(msgspec.Struct, frozen=True):
    """A flow run as it shall stand. `new_states` are added to its history.

    What a run is (its name, parameters, tags ...) is written when it is new, and stays as it is when it moves: that
    is changed by `flow_runs.update` alone.
    """

    id: bytes
    flow_name: str  # the store resolves it to the flow's id; a FlowRow of the same Changes may have made it
    name: str
    created_at: int
    updated_at: int
    attempt: int  # the fencing token: of the newest attempt
    ordinal: int  # of the current state, within that attempt
    state: StateRecord | None
    new_states: tuple[StateRecord, ...]
    expected_state_id: bytes | None  # the run must be in this state now; None with is_new: it must not exist
    is_new: bool = False
    parameters: bytes = b"{}"
    tags: tuple[str, ...] = ()
    labels: bytes = b"{}"
    context: bytes = b"{}"
    policy: bytes | None = b"{}"  # None: it stays as it is, which no new run can have
    parent_task_run_id: bytes | None = None
    flow_version: str | None = None
    idempotency_key: str | None = None
    run_count: int = 0
    expected_start_at: int | None = None
    next_scheduled_at: int | None = None
    start_at: int | None = None
    end_at: int | None = None
    running_us: int = 0  # total time in Running states that are over
    journal_id: bytes | None = None  # the journal whose process holds the run; None where no journal does
    job_variables: bytes | None = None


class TaskRunRow(msgspec.Struct, frozen=True):
    """A task run as it shall stand, with its whole history packed."""

    id: bytes
    flow_run_id: bytes | None
    name: str
    task_key: str
    created_at: int
    updated_at: int
    state: StateRecord
    history: tuple[StateRecord, ...]
    revision: int  # grows by one with each write of the row
    expected_revision: int | None  # None: the row must not exist
    run_count: int = 0
    tags: tuple[str, ...] = ()
    inputs: tuple[tuple[str, tuple[bytes, ...]], ...] = ()  # edges
    dynamic_key: str | None = None
    task_version: str | None = None
    start_at: int | None = None
    end_at: int | None = None
    running_us: int = 0
    journal_id: bytes | None = None


class LogRow(msgspec.Struct, frozen=True, gc=False):
    """A line of a run's log, known by its position in a journal or in a request: a second writing changes nothing.

    A request has a number below zero, which journals do not have.
    """

    flow_run_id: bytes | None
    task_run_id: bytes | None
    at: int
    level: int
    logger: str
    message: str
    journal_id: bytes | None = None
    position: int | None = None
    request: int | None = None


class DeadLetterRow(msgspec.Struct, frozen=True):
    """A record that the store can never take, kept with the reason."""

    journal_id: bytes
    series: str  # "states" or "logs"
    position: int
    reason: str
    payload: bytes
    at: int


class Changes(msgspec.Struct, frozen=True):
    """Everything that one atomic step writes, in this order."""

    journal: JournalRow | None = None
    flows: tuple[FlowRow, ...] = ()
    flow_runs: tuple[FlowRunRow, ...] = ()
    task_runs: tuple[TaskRunRow, ...] = ()
    logs: tuple[LogRow, ...] = ()
    dead_letters: tuple[DeadLetterRow, ...] = ()
