"""Handlers of the routes about the states of task runs."""

from typing import Any

from headrace._wire.states import State, StatesOfTaskRun
from headrace.server.api import rendering
from headrace.server.store import task_runs
from headrace.server.store.transactions import Store

__all__ = ["read_task_run_states"]


def read_task_run_states(store: Store, query: StatesOfTaskRun) -> list[State[Any]]:
    """The states that a task run went through, in order; none where there is no such run."""
    run_id = query.task_run_id.bytes
    with store.read() as tx:
        found = task_runs.read(tx, run_id)
    if found is None:
        return []
    history = sorted(found.history, key=lambda record: (record.attempt, record.ordinal))
    return [rendering.task_run_state(run_id, found.flow_run_id, record) for record in history]
