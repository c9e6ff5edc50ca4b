"""Filters on the wire: which flows, flow runs, task runs, logs (and their deployments and pools) are asked for.

A field that is not set asks for nothing; those that are set are joined by `operator` where the filter has one, else by
"and". Names end in an underscore where they name an operation.
"""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from headrace._wire.schema import Instant, WireEnum, WireSchema
from headrace._wire.states import StateType

__all__ = [
    "DeploymentFilter",
    "DeploymentFilterConcurrencyLimit",
    "DeploymentFilterId",
    "DeploymentFilterName",
    "DeploymentFilterPaused",
    "DeploymentFilterTags",
    "DeploymentFilterWorkQueueName",
    "DeploymentOrFlowNameFilter",
    "FlowFilter",
    "FlowFilterDeployment",
    "FlowFilterId",
    "FlowFilterName",
    "FlowFilterTags",
    "FlowRunFilter",
    "FlowRunFilterCreatedBy",
    "FlowRunFilterDeploymentId",
    "FlowRunFilterEndTime",
    "FlowRunFilterExpectedStartTime",
    "FlowRunFilterFlowVersion",
    "FlowRunFilterId",
    "FlowRunFilterIdempotencyKey",
    "FlowRunFilterName",
    "FlowRunFilterNextScheduledStartTime",
    "FlowRunFilterParentFlowRunId",
    "FlowRunFilterParentTaskRunId",
    "FlowRunFilterStartTime",
    "FlowRunFilterState",
    "FlowRunFilterStateName",
    "FlowRunFilterStateType",
    "FlowRunFilterTags",
    "FlowRunFilterWorkQueueName",
    "LogFilter",
    "LogFilterFlowRunId",
    "LogFilterLevel",
    "LogFilterTaskRunId",
    "LogFilterTextSearch",
    "LogFilterTimestamp",
    "Operator",
    "TaskRunFilter",
    "TaskRunFilterEndTime",
    "TaskRunFilterExpectedStartTime",
    "TaskRunFilterFlowRunId",
    "TaskRunFilterId",
    "TaskRunFilterName",
    "TaskRunFilterStartTime",
    "TaskRunFilterState",
    "TaskRunFilterStateName",
    "TaskRunFilterStateType",
    "TaskRunFilterSubFlowRuns",
    "TaskRunFilterTags",
    "WorkPoolFilter",
    "WorkPoolFilterId",
    "WorkPoolFilterName",
    "WorkPoolFilterType",
    "WorkQueueFilter",
    "WorkQueueFilterId",
    "WorkQueueFilterName",
]


_LONGEST_PART: Final = 1_000


class Operator(WireEnum):
    """How the fields of one filter are joined."""

    and_ = "and_"
    or_ = "or_"


class _Joined(WireSchema):
    """Base of the filters that say how their fields are joined."""

    operator: Operator = Operator.and_


class _AnyId(WireSchema):
    any_: list[UUID] | None = None


class _IdIn(_AnyId):
    not_any_: list[UUID] | None = None


def _not_too_long(part: str) -> str:
    if len(part) > _LONGEST_PART:
        raise ValueError(f"a part of a name is looked for by at most {_LONGEST_PART} characters")
    return part


_Part = Annotated[str, AfterValidator(_not_too_long)]


class _NameIs(WireSchema):
    any_: list[str] | None = None
    like_: _Part | None = None


class _Between(WireSchema):
    before_: Instant | None = None
    after_: Instant | None = None


class _BetweenOrNull(_Between):
    is_null_: bool | None = None


class _HasAllTags(_Joined):
    all_: list[str] | None = None
    is_null_: bool | None = None


class _HasTags(_Joined):
    all_: list[str] | None = None
    any_: list[str] | None = None
    is_null_: bool | None = None


class _OwnedBy(_Joined):
    any_: list[UUID] | None = None
    is_null_: bool | None = None


class FlowFilterId(_IdIn):
    """By the flow's id."""


class FlowFilterDeployment(_Joined):
    """By whether the flow has deployments."""

    is_null_: bool | None = None


class FlowFilterName(_NameIs):
    """By the flow's name; `like_` is a part of it, in any case."""


class FlowFilterTags(_HasAllTags):
    """By the flow's tags."""


class FlowFilter(_Joined):
    """Which flows."""

    id: FlowFilterId | None = None
    deployment: FlowFilterDeployment | None = None
    name: FlowFilterName | None = None
    tags: FlowFilterTags | None = None


class FlowRunFilterId(_IdIn):
    """By the run's id."""


class FlowRunFilterName(_NameIs):
    """By the run's name; `like_` is a part of it, in any case."""


class FlowRunFilterTags(_HasTags):
    """By the run's tags."""


class FlowRunFilterDeploymentId(_OwnedBy):
    """By the run's deployment."""


class FlowRunFilterWorkQueueName(_Joined):
    """By the run's work queue."""

    any_: list[str] | None = None
    is_null_: bool | None = None


class FlowRunFilterStateType(WireSchema):
    """By the type of the run's state."""

    any_: list[StateType] | None = None
    not_any_: list[StateType] | None = None


class FlowRunFilterStateName(WireSchema):
    """By the name of the run's state."""

    any_: list[str] | None = None
    not_any_: list[str] | None = None


class FlowRunFilterState(_Joined):
    """By the run's state."""

    type: FlowRunFilterStateType | None = None
    name: FlowRunFilterStateName | None = None


class FlowRunFilterFlowVersion(WireSchema):
    """By the version of the flow that ran."""

    any_: list[str] | None = None


class FlowRunFilterStartTime(_BetweenOrNull):
    """By when the run started."""


class FlowRunFilterEndTime(_BetweenOrNull):
    """By when the run ended."""


class FlowRunFilterExpectedStartTime(_Between):
    """By when the run was to start."""


class FlowRunFilterNextScheduledStartTime(_Between):
    """By when the run is to start next."""


class FlowRunFilterParentFlowRunId(_Joined):
    """By the flow run that called this one."""

    any_: list[UUID] | None = None


class FlowRunFilterParentTaskRunId(_OwnedBy):
    """By the task run that stands for this one in its parent."""


class FlowRunFilterIdempotencyKey(WireSchema):
    """By the key that the run was made with."""

    any_: list[str] | None = None
    not_any_: list[str] | None = None


class FlowRunFilterCreatedBy(_Joined):
    """By who made the run."""

    id_: list[UUID] | None = None
    type_: list[str] | None = None
    is_null_: bool | None = None


class FlowRunFilter(_Joined):
    """Which flow runs."""

    id: FlowRunFilterId | None = None
    name: FlowRunFilterName | None = None
    tags: FlowRunFilterTags | None = None
    deployment_id: FlowRunFilterDeploymentId | None = None
    work_queue_name: FlowRunFilterWorkQueueName | None = None
    state: FlowRunFilterState | None = None
    flow_version: FlowRunFilterFlowVersion | None = None
    start_time: FlowRunFilterStartTime | None = None
    end_time: FlowRunFilterEndTime | None = None
    expected_start_time: FlowRunFilterExpectedStartTime | None = None
    next_scheduled_start_time: FlowRunFilterNextScheduledStartTime | None = None
    parent_flow_run_id: FlowRunFilterParentFlowRunId | None = None
    parent_task_run_id: FlowRunFilterParentTaskRunId | None = None
    idempotency_key: FlowRunFilterIdempotencyKey | None = None
    created_by: FlowRunFilterCreatedBy | None = None


class TaskRunFilterId(_AnyId):
    """By the run's id."""


class TaskRunFilterFlowRunId(_Joined):
    """By the flow run that called the task."""

    any_: list[UUID] | None = None
    is_null_: bool | None = False


class TaskRunFilterName(_NameIs):
    """By the run's name; `like_` is a part of it, in any case."""


class TaskRunFilterTags(_HasAllTags):
    """By the run's tags."""


class TaskRunFilterStateType(WireSchema):
    """By the type of the run's state."""

    any_: list[StateType] | None = None


class TaskRunFilterStateName(WireSchema):
    """By the name of the run's state."""

    any_: list[str] | None = None


class TaskRunFilterState(_Joined):
    """By the run's state."""

    type: TaskRunFilterStateType | None = None
    name: TaskRunFilterStateName | None = None


class TaskRunFilterSubFlowRuns(WireSchema):
    """By whether the task run stands for a flow run."""

    exists_: bool | None = None


class TaskRunFilterStartTime(_BetweenOrNull):
    """By when the run started."""


class TaskRunFilterEndTime(_BetweenOrNull):
    """By when the run ended."""


class TaskRunFilterExpectedStartTime(_Between):
    """By when the run was to start."""


class TaskRunFilter(_Joined):
    """Which task runs."""

    id: TaskRunFilterId | None = None
    name: TaskRunFilterName | None = None
    tags: TaskRunFilterTags | None = None
    state: TaskRunFilterState | None = None
    start_time: TaskRunFilterStartTime | None = None
    end_time: TaskRunFilterEndTime | None = None
    expected_start_time: TaskRunFilterExpectedStartTime | None = None
    subflow_runs: TaskRunFilterSubFlowRuns | None = None
    flow_run_id: TaskRunFilterFlowRunId | None = None


class LogFilterLevel(WireSchema):
    """By the line's level, bounds included."""

    ge_: int | None = None
    le_: int | None = None


class LogFilterTimestamp(_Between):
    """By the line's instant, bounds included."""


class LogFilterFlowRunId(_AnyId):
    """By the flow run that wrote the line."""


class LogFilterTaskRunId(_AnyId):
    """By the task run that wrote the line."""

    is_null_: bool | None = None


class LogFilterTextSearch(WireSchema):
    """By words in the line: `-word` excludes, `+word` requires, quotes keep words together."""

    query: Annotated[str, Field(max_length=200)]


class LogFilter(_Joined):
    """Which lines of the logs."""

    level: LogFilterLevel | None = None
    timestamp: LogFilterTimestamp | None = None
    flow_run_id: LogFilterFlowRunId | None = None
    task_run_id: LogFilterTaskRunId | None = None
    text: LogFilterTextSearch | None = None


class DeploymentFilterId(_IdIn):
    """By the deployment's id."""


class DeploymentFilterName(_NameIs):
    """By the deployment's name; `like_` is a part of it, in any case."""


class DeploymentOrFlowNameFilter(WireSchema):
    """By a part of the deployment's or its flow's name."""

    like_: _Part | None = None


class DeploymentFilterPaused(WireSchema):
    """By whether the deployment is paused."""

    eq_: bool | None = None


class DeploymentFilterTags(_HasTags):
    """By the deployment's tags."""


class DeploymentFilterWorkQueueName(WireSchema):
    """By the deployment's work queue."""

    any_: list[str] | None = None


class DeploymentFilterConcurrencyLimit(WireSchema):
    """By how many runs of the deployment may go at once."""

    ge_: int | None = None
    le_: int | None = None
    is_null_: bool | None = None


class DeploymentFilter(_Joined):
    """Which deployments."""

    id: DeploymentFilterId | None = None
    name: DeploymentFilterName | None = None
    flow_or_deployment_name: DeploymentOrFlowNameFilter | None = None
    paused: DeploymentFilterPaused | None = None
    tags: DeploymentFilterTags | None = None
    work_queue_name: DeploymentFilterWorkQueueName | None = None
    concurrency_limit: DeploymentFilterConcurrencyLimit | None = None


class WorkPoolFilterId(_AnyId):
    """By the pool's id."""


class WorkPoolFilterName(WireSchema):
    """By the pool's name."""

    any_: list[str] | None = None


class WorkPoolFilterType(WireSchema):
    """By the pool's type."""

    any_: list[str] | None = None


class WorkPoolFilter(_Joined):
    """Which work pools."""

    id: WorkPoolFilterId | None = None
    name: WorkPoolFilterName | None = None
    type: WorkPoolFilterType | None = None


class WorkQueueFilterId(_AnyId):
    """By the queue's id."""


class WorkQueueFilterName(WireSchema):
    """By the queue's name."""

    any_: list[str] | None = None
    startswith_: list[str] | None = None


class WorkQueueFilter(_Joined):
    """Which work queues."""

    id: WorkQueueFilterId | None = None
    name: WorkQueueFilterName | None = None
