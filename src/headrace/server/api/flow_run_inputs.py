"""Handlers of the routes about inputs of flow runs."""

from typing import Any
from uuid import UUID

import msgspec

from headrace._kernel import clock
from headrace._wire.flow_run_inputs import FlowRunInput, FlowRunInputCreate, FlowRunInputFilter
from headrace.server.api import rendering
from headrace.server.api.queries import page_limit
from headrace.server.store import flow_run_inputs
from headrace.server.store.transactions import Store
from headrace.server.usecases import flow_run_inputs as inputs

__all__ = ["create_flow_run_input", "delete_flow_run_input", "filter_flow_run_input", "read_flow_run_input"]


def create_flow_run_input(store: Store, run_id: UUID, body: FlowRunInputCreate) -> None:
    """Leaves an input for a flow run."""
    inputs.leave_input(store, run_id.bytes, body.key, body.value, body.sender, now=clock.now())


def filter_flow_run_input(store: Store, run_id: UUID, query: FlowRunInputFilter) -> list[FlowRunInput]:
    """The inputs of a flow run whose keys begin so, the oldest first."""
    limit = page_limit(query.limit)
    with store.read() as tx:
        found = flow_run_inputs.read_many(tx, run_id.bytes, query.prefix, limit=limit, without=query.exclude_keys)
    return [rendering.flow_run_input(facts) for facts in found]


def read_flow_run_input(store: Store, run_id: UUID, key: str) -> Any:
    """The value of an input, read as JSON; one that is none is answered as a text."""
    value = inputs.read_input(store, run_id.bytes, key).value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def delete_flow_run_input(store: Store, run_id: UUID, key: str) -> None:
    """Deletes an input of a flow run."""
    inputs.take_away_input(store, run_id.bytes, key)
