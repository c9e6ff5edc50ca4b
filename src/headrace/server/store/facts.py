"""Rows as the store answers them: what a use case decides on, and what the API shows.

The fields of a row bear the names that `changes` gives them, so that a run is rewritten by copying what stays.
"""

from collections.abc import Mapping

import msgspec

from headrace._records import StateRecord

__all__ = ["EventFacts", "FlowFacts", "FlowRunFacts", "JournalFacts", "LogFacts", "TaskRunFacts"]


class JournalFacts(msgspec.Struct, frozen=True):
    """How far a journal is stored."""

    states_cursor: int
    logs_cursor: int
    closed_at: int | None  # set: the journal takes nothing more


class FlowFacts(msgspec.Struct, frozen=True):
    """A flow."""

    id: bytes
    name: str
    created_at: int
    updated_at: int
    tags: tuple[str, ...] = ()
    labels: bytes = b"{}"


class FlowRunFacts(msgspec.Struct, frozen=True):
    """A flow run as it stands, with its current state."""

    id: bytes
    flow_id: bytes
    flow_name: str
    name: str
    created_at: int
    updated_at: int
    attempt: int
    ordinal: int
    state_id: bytes | None
    state: StateRecord | None
    parameters: bytes
    tags: tuple[str, ...]
    labels: bytes
    context: bytes
    policy: bytes
    parent_task_run_id: bytes | None
    flow_version: str | None
    idempotency_key: str | None
    run_count: int
    expected_start_at: int | None
    next_scheduled_at: int | None
    start_at: int | None
    end_at: int | None
    running_us: int
    journal_id: bytes | None
    infrastructure_pid: str | None = None
    job_variables: bytes | None = None


class TaskRunFacts(msgspec.Struct, frozen=True):
    """A task run as it stands, with its whole history. Its edges are read by `task_runs.inputs`."""

    id: bytes
    flow_run_id: bytes | None
    name: str
    task_key: str
    created_at: int
    updated_at: int
    state: StateRecord
    history: tuple[StateRecord, ...]
    revision: int
    run_count: int
    tags: tuple[str, ...]
    dynamic_key: str | None
    task_version: str | None
    start_at: int | None
    end_at: int | None
    running_us: int
    journal_id: bytes | None


class LogFacts(msgspec.Struct, frozen=True, gc=False):
    """A line of a run's log."""

    id: bytes
    flow_run_id: bytes | None
    task_run_id: bytes | None
    at: int
    level: int
    logger: str
    message: str


class EventFacts(msgspec.Struct, frozen=True):
    """An event, as it is stored, or as it follows from what is."""

    id: bytes
    occurred_at: int
    received_at: int
    event: str
    resource: Mapping[str, str]  # labels, with the resource's id among them
    related: tuple[Mapping[str, str], ...] = ()
    payload: bytes = b"{}"  # JSON
    follows: bytes | None = None
