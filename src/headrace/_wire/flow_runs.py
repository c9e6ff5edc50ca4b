"""Flow runs on the wire."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from headrace._kernel.names import generated_name
from headrace._wire.schema import Instant, Labels, NewKey, ObjectSchema, Paginated, WireSchema
from headrace._wire.states import State, StateCreate, StateType

__all__ = [
    "CreatedBy",
    "FlowRun",
    "FlowRunCreate",
    "FlowRunPaginationResponse",
    "FlowRunPolicy",
    "FlowRunResponse",
    "FlowRunUpdate",
]


def _or_generated(name: Any) -> Any:
    return generated_name() if name is None or name == "" else name


_Name = Annotated[str, BeforeValidator(_or_generated)]


class FlowRunPolicy(WireSchema):
    """How often a flow run is tried again, and where it may pause."""

    max_retries: int = 0
    retry_delay_seconds: float = 0
    retries: int | None = None
    retry_delay: int | None = None
    pause_keys: set[str] | None = Field(default_factory=set[str])
    resuming: bool | None = False
    retry_type: Literal["in_process", "reschedule"] | None = None


class CreatedBy(WireSchema):
    """Who made a run."""

    id: UUID | None = None
    type: str | None = None
    display_value: str | None = None


class FlowRun(ObjectSchema):
    """A run of a flow. Times are UTC; durations are seconds on the wire and `timedelta` in Python."""

    name: _Name = Field(default_factory=generated_name)
    flow_id: UUID
    state_id: UUID | None = None
    deployment_id: UUID | None = None
    deployment_version: str | None = None
    work_queue_id: UUID | None = None
    work_queue_name: str | None = None
    flow_version: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    idempotency_key: str | None = None
    context: dict[str, Any] = Field(default_factory=dict[str, Any])
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: list[str] = Field(default_factory=list[str])
    labels: Labels = Field(default_factory=Labels)
    parent_task_run_id: UUID | None = None
    state_type: StateType | None = None
    state_name: str | None = None
    run_count: int = 0
    expected_start_time: Instant | None = None
    next_scheduled_start_time: Instant | None = None
    start_time: Instant | None = None
    end_time: Instant | None = None
    total_run_time: timedelta = timedelta()
    estimated_run_time: timedelta = timedelta()
    estimated_start_time_delta: timedelta = timedelta()
    auto_scheduled: bool = False
    infrastructure_document_id: UUID | None = None
    infrastructure_pid: str | None = None
    created_by: CreatedBy | None = None
    work_pool_id: UUID | None = None
    work_pool_name: str | None = None
    state: State[Any] | None = None
    job_variables: dict[str, Any] | None = None


class FlowRunResponse(FlowRun):
    """A flow run as the API answers it."""


class FlowRunPaginationResponse(Paginated):
    """A page of flow runs."""

    results: list[FlowRunResponse]


class FlowRunCreate(WireSchema):
    """A flow run to make; with an idempotency key that its flow has seen, the run of that key is answered."""

    state: StateCreate | None = None
    name: _Name = Field(default_factory=generated_name)
    flow_id: UUID
    flow_version: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    context: dict[str, Any] = Field(default_factory=dict[str, Any])
    parent_task_run_id: UUID | None = None
    infrastructure_document_id: UUID | None = None
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: list[str] = Field(default_factory=list[str])
    labels: Labels | None = Field(default_factory=Labels)
    idempotency_key: NewKey | None = None
    work_pool_name: str | None = None
    work_queue_name: str | None = None
    job_variables: dict[str, Any] | None = None
    deployment_id: UUID | None = None


class FlowRunUpdate(WireSchema):
    """What of a flow run shall change; what is not given stays. A name of None is one that is generated."""

    name: str | None = None
    flow_version: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    empirical_policy: FlowRunPolicy = Field(default_factory=FlowRunPolicy)
    tags: list[str] = Field(default_factory=list[str])
    infrastructure_pid: str | None = None
    job_variables: dict[str, Any] | None = None
