"""Makes what a journal sends: records in batches, each where the one before it ended."""

from collections.abc import Sequence
from typing import Any

from headrace._kernel.ids import new_id
from headrace._records import (
    FlowRunBegun,
    FlowRunConcluded,
    FlowRunMoved,
    LogLine,
    Record,
    StateRecord,
    TaskRunCreated,
    TaskRunMoved,
    encode,
)
from headrace._stream import Batch, JournalIdentity, Series
from tests.support.runs import state

__all__ = ["Teller", "begun", "concluded", "created", "line", "moved", "task_moved"]


class Teller:
    """A process that reports: it numbers its records and keeps its cursors."""

    def __init__(self, journal_id: bytes | None = None) -> None:
        self.journal = JournalIdentity(journal_id or new_id(), "sink", "host", "boot", 1, 1)
        self.states_at = 0
        self.logs_at = 0

    def batch(self, *states: Record | bytes, logs: Sequence[Record | bytes] = ()) -> Batch:
        """The next batch; a record may be given as bytes."""
        batch = Batch(self.journal, _series(self.states_at, states), _series(self.logs_at, logs))
        self.states_at, self.logs_at = batch.states.end, batch.logs.end
        return batch


def _series(start: int, records: Sequence[Record | bytes]) -> Series:
    payloads = tuple(record if isinstance(record, bytes) else encode(record) for record in records)
    positions = tuple(range(start, start + 10 * len(payloads), 10))
    return Series(start, start + 10 * len(payloads), positions, payloads)


def begun(run_id: bytes, at: int = 1, *, attempt: int = 1, flow_name: str = "flow", **fields: Any) -> FlowRunBegun:
    """A process begins a flow run: Pending and Running."""
    states = (state("PENDING", at, attempt=attempt), state("RUNNING", at + 1, attempt=attempt, ordinal=1))
    return FlowRunBegun(run_id, attempt, flow_name, fields.pop("name", "able-otter"), at, states, **fields)


def moved(run_id: bytes, record: StateRecord) -> FlowRunMoved:
    """A process moves a flow run."""
    return FlowRunMoved(run_id, record)


def concluded(
    run_id: bytes, kind: str = "COMPLETED", at: int = 9, *, ordinal: int = 2, **fields: Any
) -> FlowRunConcluded:
    """A process ends a flow run."""
    return FlowRunConcluded(run_id, state(kind, at, ordinal=ordinal, **fields))


def created(run_id: bytes, flow_run_id: bytes | None, at: int = 3, **fields: Any) -> TaskRunCreated:
    """A task run, Pending."""
    name = fields.pop("name", "task-0")
    return TaskRunCreated(run_id, flow_run_id, name, fields.pop("task_key", "task-key"), state("PENDING", at), **fields)


def task_moved(run_id: bytes, kind: str, at: int, ordinal: int, **fields: Any) -> TaskRunMoved:
    """A task run goes to a state."""
    return TaskRunMoved(run_id, state(kind, at, ordinal=ordinal, **fields))


def line(flow_run_id: bytes | None, message: str = "said", at: int = 4, task_run_id: bytes | None = None) -> LogLine:
    """A line of a log."""
    return LogLine(flow_run_id, task_run_id, at, 20, "headrace.flow_runs", message)
