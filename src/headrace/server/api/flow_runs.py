"""Handlers of the routes about flow runs."""

from typing import Any
from uuid import UUID

import msgspec

from headrace._kernel import clock
from headrace._kernel.names import generated_name
from headrace._wire.flow_run_inputs import ResumeBody
from headrace._wire.flow_runs import (
    FlowRunCreate,
    FlowRunPaginationResponse,
    FlowRunResponse,
    FlowRunUpdate,
)
from headrace._wire.queries import FlowRunCount, FlowRunPageQuery, FlowRunQuery
from headrace._wire.schema import Labels
from headrace._wire.states import OrchestrationResult, SetStateBody, StateCreate, StateType
from headrace.server.api import rendering
from headrace.server.api.dispatch import Made
from headrace.server.api.orchestrated import flow_run_answer, given_details, given_json, given_policy, given_state
from headrace.server.api.queries import filters_of, numbered, page_limit
from headrace.server.store import flow_runs
from headrace.server.store.flow_runs import FlowRunChanges
from headrace.server.store.transactions import Store
from headrace.server.usecases import change_flow_run
from headrace.server.usecases import create_flow_run as creation
from headrace.server.usecases import delete_flow_run as deletion
from headrace.server.usecases import resume_flow_run as resumption
from headrace.server.usecases.propose_state import Orchestrated, propose_state
from headrace.server.usecases.unknown import unknown

__all__ = [
    "count_flow_runs",
    "create_flow_run",
    "delete_flow_run",
    "paginate_flow_runs",
    "proposed_to",
    "read_flow_run",
    "read_flow_runs",
    "resume_flow_run",
    "set_flow_run_state",
    "update_flow_run",
    "update_flow_run_labels",
]

# Fields of the wire that the store names otherwise.
_FIELDS = {"policy": "empirical_policy"}


def create_flow_run(store: Store, body: FlowRunCreate) -> FlowRunResponse | Made[FlowRunResponse]:
    """Makes a flow run; with an idempotency key that its flow has seen, the run of that key is answered."""
    now = clock.now()
    run, is_made = creation.create_flow_run(store, _wanted(body, now), now=now)
    answer = rendering.flow_run(run, now)
    return Made(answer) if is_made else answer


def read_flow_run(store: Store, run_id: UUID) -> FlowRunResponse:
    """A flow run by its id."""
    with store.read() as tx:
        found = flow_runs.read(tx, run_id.bytes)
    if found is None:
        raise unknown("flow run", run_id.bytes)
    return rendering.flow_run(found, clock.now())


def read_flow_runs(store: Store, query: FlowRunQuery) -> list[FlowRunResponse]:
    """Flow runs that fit the filters."""
    limit = page_limit(query.limit)
    with store.read() as tx:
        found = flow_runs.read_many(tx, filters_of(query), sort=query.sort.value, limit=limit, offset=query.offset)
    now = clock.now()
    return [rendering.flow_run(run, now) for run in found]


def count_flow_runs(store: Store, query: FlowRunCount) -> int:
    """How many flow runs fit the filters."""
    with store.read() as tx:
        return flow_runs.count(tx, filters_of(query))


def paginate_flow_runs(store: Store, query: FlowRunPageQuery) -> FlowRunPaginationResponse:
    """One page of the flow runs that fit the filters."""
    limit, asked = page_limit(query.limit), filters_of(query)
    with store.read() as tx:
        found = flow_runs.read_many(tx, asked, sort=query.sort.value, limit=limit, offset=(query.page - 1) * limit)
        count = flow_runs.count(tx, asked)
    now = clock.now()
    return FlowRunPaginationResponse(
        results=[rendering.flow_run(run, now) for run in found], **numbered(count, limit, query.page)
    )


def set_flow_run_state(
    store: Store, run_id: UUID, body: SetStateBody
) -> OrchestrationResult[Any] | Made[OrchestrationResult[Any]]:
    """Proposes a state for a flow run; the answer says whether it is the run's state now, and else why not."""
    outcome = proposed_to(store, run_id.bytes, body.state, is_forced=body.force, now=clock.now())
    answer = flow_run_answer(run_id.bytes, outcome)
    return Made(answer) if outcome.is_written else answer


def resume_flow_run(
    store: Store, run_id: UUID, body: ResumeBody
) -> OrchestrationResult[Any] | Made[OrchestrationResult[Any]]:
    """Has a paused flow run go on."""
    outcome = resumption.resume_flow_run(store, run_id.bytes, body.run_input, now=clock.now())
    answer = flow_run_answer(run_id.bytes, outcome)
    return Made(answer) if outcome.is_written else answer


def update_flow_run(store: Store, run_id: UUID, body: FlowRunUpdate) -> None:
    """Changes what a flow run is; its states are proposed by another route."""
    given = body.model_fields_set
    whole: dict[str, Any] = {
        "name": body.name or generated_name(),
        "flow_version": body.flow_version,
        "parameters": msgspec.json.encode(body.parameters),
        "policy": given_policy(body.empirical_policy),
        "tags": msgspec.json.encode(body.tags),
        "infrastructure_pid": body.infrastructure_pid,
        "job_variables": given_json(body.job_variables),
    }
    sent = {field: value for field, value in whole.items() if _FIELDS.get(field, field) in given}
    change_flow_run.change_flow_run(store, run_id.bytes, FlowRunChanges(**sent), now=clock.now())


def update_flow_run_labels(store: Store, run_id: UUID, labels: Labels) -> None:
    """Adds labels to a flow run's."""
    change_flow_run.add_labels(store, run_id.bytes, labels, now=clock.now())


def delete_flow_run(store: Store, run_id: UUID) -> None:
    """Deletes a flow run with all that belongs to it."""
    deletion.delete_flow_run(store, run_id.bytes)


def _wanted(body: FlowRunCreate, now: int) -> creation.NewFlowRun:
    state = body.state or StateCreate(type=StateType.PENDING)
    return creation.NewFlowRun(
        flow_id=body.flow_id.bytes,
        name=body.name,
        state=given_state(state, now),
        parameters=msgspec.json.encode(body.parameters),
        context=msgspec.json.encode(body.context),
        policy=given_policy(body.empirical_policy),
        labels=msgspec.json.encode(body.labels or {}),
        tags=tuple(body.tags),
        parent_task_run_id=body.parent_task_run_id.bytes if body.parent_task_run_id else None,
        flow_version=body.flow_version,
        idempotency_key=body.idempotency_key,
        job_variables=given_json(body.job_variables),
    )


def proposed_to(store: Store, run_id: bytes, state: StateCreate, *, is_forced: bool, now: int) -> Orchestrated:
    """What becomes of a state that is proposed for a flow run."""
    return propose_state(
        store,
        run_id,
        state.type.value,
        now=now,
        name=state.name,
        message=state.message,
        details=given_details(state),
        data=given_json(state.data),
        is_forced=is_forced,
    )
