"""What pages ask for on the wire: many small answers in one."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from headrace._wire.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from headrace._wire.queries import FlowRunCount, FlowRunSort
from headrace._wire.schema import Instant, WireSchema
from headrace._wire.states import StateType
from headrace._wire.task_runs import TaskRun

__all__ = [
    "CountByState",
    "Counts",
    "DashboardCount",
    "DashboardQuery",
    "FlowIds",
    "FlowRunIds",
    "NextRuns",
    "SimpleFlowRun",
    "SimpleFlowRunQuery",
    "SimpleNextFlowRun",
    "UITaskRun",
]

_MANY: Final = 1_000

Counts = dict[UUID, int]
"""How many belong to each."""


class FlowIds(WireSchema):
    """Body of the routes about some flows."""

    flow_ids: Annotated[list[UUID], Field(max_length=_MANY)]


class FlowRunIds(WireSchema):
    """Body of the routes about some flow runs."""

    flow_run_ids: Annotated[list[UUID], Field(max_length=_MANY)]


class CountByState(WireSchema):
    """How many runs are in states of each type."""

    COMPLETED: int = 0
    PENDING: int = 0
    RUNNING: int = 0
    FAILED: int = 0
    CANCELLED: int = 0
    CRASHED: int = 0
    PAUSED: int = 0
    CANCELLING: int = 0
    SCHEDULED: int = 0


class SimpleFlowRun(WireSchema):
    """A flow run as a point of a chart."""

    id: UUID
    state_type: StateType
    timestamp: Instant
    duration: timedelta
    lateness: timedelta


class SimpleFlowRunQuery(FlowRunCount):
    """Body of `ui/flow_runs/history`."""

    sort: FlowRunSort = FlowRunSort.EXPECTED_START_TIME_DESC
    limit: Annotated[int, Field(le=_MANY)] = _MANY
    offset: Annotated[int, Field(ge=0)] = 0


class SimpleNextFlowRun(WireSchema):
    """The run of a flow that is to start next."""

    id: UUID
    flow_id: UUID
    name: str
    state_name: str
    state_type: StateType
    next_scheduled_start_time: Instant


NextRuns = dict[UUID, SimpleNextFlowRun | None]
"""The same of several flows; null for those of which none is scheduled."""


class DashboardQuery(WireSchema):
    """Body of `ui/task_runs/dashboard/counts`."""

    task_runs: TaskRunFilter
    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_queues: WorkQueueFilter | None = None


class DashboardCount(WireSchema):
    """How the task runs that started within a part of some time have ended."""

    completed: int = 0
    failed: int = 0


class UITaskRun(TaskRun):
    """A task run with its flow run's name."""

    flow_run_name: str | None = None
