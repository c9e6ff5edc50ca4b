"""Handlers of the routes about flows."""

from uuid import UUID

import msgspec

from headrace._kernel import clock
from headrace._wire.flows import Flow, FlowCreate, FlowPaginationResponse, FlowUpdate
from headrace._wire.queries import FlowCount, FlowPageQuery, FlowQuery
from headrace.exceptions import ObjectNotFound
from headrace.server.api import rendering
from headrace.server.api.dispatch import Made
from headrace.server.api.queries import filters_of, numbered, page_limit
from headrace.server.store import flows
from headrace.server.store.transactions import Store
from headrace.server.usecases import change_flow
from headrace.server.usecases import create_flow as creation
from headrace.server.usecases.unknown import unknown

__all__ = [
    "count_flows",
    "create_flow",
    "delete_flow",
    "paginate_flows",
    "read_flow",
    "read_flow_by_name",
    "read_flows",
    "update_flow",
]


def create_flow(store: Store, body: FlowCreate) -> Flow | Made[Flow]:
    """Makes a flow known by its name, where it is not."""
    tags, labels = tuple(body.tags), msgspec.json.encode(body.labels or {})
    flow, is_made = creation.create_flow(store, body.name, now=clock.now(), tags=tags, labels=labels)
    return Made(rendering.flow(flow)) if is_made else rendering.flow(flow)


def read_flow(store: Store, flow_id: UUID) -> Flow:
    """A flow by its id."""
    with store.read() as tx:
        found = flows.read(tx, flow_id.bytes)
    if found is None:
        raise unknown("flow", flow_id.bytes)
    return rendering.flow(found)


def read_flow_by_name(store: Store, name: str) -> Flow:
    """A flow by its name."""
    with store.read() as tx:
        found = flows.read_by_name(tx, name)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no flow {name!r}.")
    return rendering.flow(found)


def read_flows(store: Store, query: FlowQuery) -> list[Flow]:
    """Flows that fit the filters."""
    limit = page_limit(query.limit)
    with store.read() as tx:
        found = flows.read_many(tx, filters_of(query), sort=query.sort.value, limit=limit, offset=query.offset)
    return [rendering.flow(flow) for flow in found]


def count_flows(store: Store, query: FlowCount) -> int:
    """How many flows fit the filters."""
    with store.read() as tx:
        return flows.count(tx, filters_of(query))


def paginate_flows(store: Store, query: FlowPageQuery) -> FlowPaginationResponse:
    """One page of the flows that fit the filters."""
    limit, asked = page_limit(query.limit), filters_of(query)
    with store.read() as tx:
        found = flows.read_many(tx, asked, sort=query.sort.value, limit=limit, offset=(query.page - 1) * limit)
        count = flows.count(tx, asked)
    return FlowPaginationResponse(
        results=[rendering.flow(flow) for flow in found], **numbered(count, limit, query.page)
    )


def update_flow(store: Store, flow_id: UUID, body: FlowUpdate) -> None:
    """Changes a flow."""
    if "tags" in body.model_fields_set:
        change_flow.set_tags(store, flow_id.bytes, body.tags, now=clock.now())
    else:
        read_flow(store, flow_id)  # nothing changes, but there must be such a flow


def delete_flow(store: Store, flow_id: UUID) -> None:
    """Deletes a flow with all of its runs."""
    change_flow.delete_flow(store, flow_id.bytes)
