"""Calls about many flows or flow runs at once, on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from headrace._wire.filters import FlowFilter, FlowRunFilter
from headrace._wire.schema import BodySchema, WireSchema
from headrace._wire.states import SetStateStatus, State, StateCreate, StateResponseDetails

__all__ = [
    "FlowBulkDeleteResponse",
    "FlowBulkDeletion",
    "FlowRunBulkDeleteResponse",
    "FlowRunBulkDeletion",
    "FlowRunBulkSetStateResponse",
    "FlowRunBulkStates",
    "FlowRunOrchestrationResult",
]

_Limit = Annotated[int, Field(ge=1, le=50)]


class FlowBulkDeletion(BodySchema):
    """Body of `flows/bulk_delete`: which flows go, with all of their runs, and how many at most."""

    flows: FlowFilter | None = None
    limit: _Limit = 50


class FlowBulkDeleteResponse(WireSchema):
    """The flows that were deleted."""

    deleted: list[UUID] = Field(default_factory=list[UUID])


class FlowRunBulkDeletion(BodySchema):
    """Body of `flow_runs/bulk_delete`: which runs go, and how many at most."""

    flow_runs: FlowRunFilter | None = None
    limit: _Limit = 50


class FlowRunBulkDeleteResponse(WireSchema):
    """The flow runs that were deleted."""

    deleted: list[UUID] = Field(default_factory=list[UUID])


class FlowRunBulkStates(BodySchema):
    """Body of `flow_runs/bulk_set_state`: the state that is proposed for each of some runs."""

    flow_runs: FlowRunFilter | None = None
    state: StateCreate
    force: bool = False
    limit: _Limit = 50


class FlowRunOrchestrationResult(WireSchema):
    """What became of the proposal for one of the runs."""

    flow_run_id: UUID
    status: SetStateStatus
    state: State[Any] | None = None
    details: StateResponseDetails


class FlowRunBulkSetStateResponse(WireSchema):
    """The same for each of them."""

    results: list[FlowRunOrchestrationResult] = Field(default_factory=list[FlowRunOrchestrationResult])
