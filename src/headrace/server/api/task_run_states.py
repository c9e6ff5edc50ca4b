"""Handlers of the routes about the states of task runs."""

from typing import Any
from uuid import UUID

from headrace._wire.states import State, StatesOfTaskRun
from headrace.exceptions import ObjectNotFound
from headrace.server.api import rendering
from headrace.server.store import states, task_runs
from headrace.server.store.transactions import Store

__all__ = ["read_task_run_state", "read_task_run_states"]


def read_task_run_states(store: Store, query: StatesOfTaskRun) -> list[State[Any]]:
    """The states that a task run went through, in order; none where there is no such run."""
    run_id = query.task_run_id.bytes
    with store.read() as tx:
        found = task_runs.read(tx, run_id)
    if found is None:
        return []
    history = sorted(found.history, key=lambda record: (record.attempt, record.ordinal))
    return [rendering.task_run_state(run_id, found.flow_run_id, record) for record in history]


def read_task_run_state(store: Store, state_id: UUID) -> State[Any]:
    """A state of a task run by its id."""
    with store.read() as tx:
        found = states.of_task_run_by_id(tx, state_id.bytes)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no state {state_id} of a task run.")
    run, record = found
    return rendering.task_run_state(run.id, run.flow_run_id, record)
