"""The task runs that stand for subflows in their parents: they go where the subflow goes.

Clients of the API leave that to the control plane; a process that reports by a journal tells it itself.
"""

from typing import Any

from msgspec.structs import replace

from headrace._kernel.ids import id_text
from headrace._records import CHILD_FLOW_RUN, StateRecord
from headrace.server.store import hot
from headrace.server.store.changes import TaskRunRow
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.transactions import Tx
from headrace.server.usecases.task_reports import merged_row

__all__ = ["moved_row", "placed_behind", "stand_in_of", "stand_in_rows"]


def stand_in_of(tx: Tx, task_run_id: bytes | None) -> TaskRunFacts | None:
    """The task run that stands for a subflow, where it was made over the API."""
    if task_run_id is None:
        return None
    found = hot.task_run_facts(tx, (task_run_id,)).get(task_run_id)
    return None if found is None or found.journal_id is not None else found


def stand_in_rows(
    stand_in: TaskRunFacts | None, flow_run_id: bytes, state: StateRecord, now: int
) -> tuple[TaskRunRow, ...]:
    """Its row, once the subflow goes to `state`."""
    if stand_in is None:
        return ()
    details: dict[str, Any] = {**(state.details or {}), CHILD_FLOW_RUN: id_text(flow_run_id)}
    return (moved_row(stand_in, placed_behind(stand_in, replace(state, details=details)), now),)


def moved_row(facts: TaskRunFacts, state: StateRecord, now: int) -> TaskRunRow:
    """The row of a task run that goes to a state behind its last."""
    row = merged_row(facts.id, facts, None, (state,), facts.journal_id, now)
    assert row is not None, "a state behind the last is a new one"
    return row


def placed_behind(facts: TaskRunFacts, state: StateRecord) -> StateRecord:
    """The state at the end of the run's history."""
    last = facts.history[-1]
    return replace(state, attempt=last.attempt, ordinal=last.ordinal + 1)
