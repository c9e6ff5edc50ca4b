"""Handlers of the routes about the states of flow runs."""

from typing import Any
from uuid import UUID

from headrace._wire.states import State, StatesOfFlowRun
from headrace.exceptions import ObjectNotFound
from headrace.server.api import rendering
from headrace.server.store import states
from headrace.server.store.transactions import Store

__all__ = ["read_flow_run_state", "read_flow_run_states"]


def read_flow_run_states(store: Store, query: StatesOfFlowRun) -> list[State[Any]]:
    """The states that a flow run went through, in order."""
    run_id = query.flow_run_id.bytes
    with store.read() as tx:
        history = states.of_flow_run(tx, run_id)
    return [rendering.flow_run_state(run_id, record) for record in history]


def read_flow_run_state(store: Store, state_id: UUID) -> State[Any]:
    """A state of a flow run by its id."""
    with store.read() as tx:
        found = states.of_flow_run_by_id(tx, state_id.bytes)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no state {state_id} of a flow run.")
    return rendering.flow_run_state(*found)
