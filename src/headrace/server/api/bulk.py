"""Handlers of the routes about many flows or flow runs at once."""

from collections.abc import Callable, Iterable
from uuid import UUID

from headrace._kernel import clock
from headrace._wire.bulk import (
    FlowBulkDeleteResponse,
    FlowBulkDeletion,
    FlowRunBulkDeleteResponse,
    FlowRunBulkDeletion,
    FlowRunBulkSetStateResponse,
    FlowRunBulkStates,
    FlowRunOrchestrationResult,
)
from headrace.exceptions import ObjectNotFound
from headrace.server.api.flow_runs import proposed_to
from headrace.server.api.orchestrated import flow_run_answer
from headrace.server.api.queries import filters_of
from headrace.server.store import flow_runs, flows
from headrace.server.store.transactions import Store
from headrace.server.usecases.change_flow import delete_flow
from headrace.server.usecases.delete_flow_run import delete_flow_run

__all__ = ["bulk_delete_flow_runs", "bulk_delete_flows", "bulk_set_flow_run_state"]


def bulk_delete_flows(store: Store, query: FlowBulkDeletion) -> FlowBulkDeleteResponse:
    """Deletes the flows that fit the filter, with their runs."""
    with store.read() as tx:
        found = flows.read_many(tx, filters_of(query), limit=query.limit)
    return FlowBulkDeleteResponse(deleted=_deleted(store, delete_flow, [flow.id for flow in found]))


def bulk_delete_flow_runs(store: Store, query: FlowRunBulkDeletion) -> FlowRunBulkDeleteResponse:
    """Deletes the flow runs that fit the filter."""
    with store.read() as tx:
        found = flow_runs.read_many(tx, filters_of(query), limit=query.limit)
    return FlowRunBulkDeleteResponse(deleted=_deleted(store, delete_flow_run, [run.id for run in found]))


def bulk_set_flow_run_state(store: Store, query: FlowRunBulkStates) -> FlowRunBulkSetStateResponse:
    """Proposes one state for each of the flow runs that fit the filter."""
    with store.read() as tx:
        found = flow_runs.read_many(tx, filters_of(query), limit=query.limit)
    results: list[FlowRunOrchestrationResult] = []
    for run in found:
        try:
            outcome = proposed_to(store, run.id, query.state, is_forced=query.force, now=clock.now())
        except ObjectNotFound:  # somebody deleted it meanwhile
            continue
        answer = flow_run_answer(run.id, outcome)
        results.append(
            FlowRunOrchestrationResult(
                flow_run_id=UUID(bytes=run.id), status=answer.status, state=answer.state, details=answer.details
            )
        )
    return FlowRunBulkSetStateResponse(results=results)


def _deleted(store: Store, delete: Callable[[Store, bytes], None], ids: Iterable[bytes]) -> list[UUID]:
    """Those that this call deleted."""
    deleted: list[UUID] = []
    for identifier in ids:
        try:
            delete(store, identifier)
        except ObjectNotFound:
            continue
        deleted.append(UUID(bytes=identifier))
    return deleted
