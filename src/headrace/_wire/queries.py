"""Queries on the wire: the bodies of the routes that filter and count, and the orders that they know."""

from typing import Annotated

from pydantic import Field

from headrace._wire.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    LogFilter,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from headrace._wire.schema import BodySchema, WireEnum

__all__ = [
    "PAGE_LIMIT",
    "FlowCount",
    "FlowPageQuery",
    "FlowQuery",
    "FlowRunCount",
    "FlowRunPageQuery",
    "FlowRunQuery",
    "FlowRunSort",
    "FlowSort",
    "LogQuery",
    "LogSort",
    "TaskRunCount",
    "TaskRunPageQuery",
    "TaskRunQuery",
    "TaskRunSort",
]

PAGE_LIMIT = 200
"""How many objects one answer has at most, and has where no limit is given."""


class FlowSort(WireEnum):
    """Orders of flows."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"


class FlowRunSort(WireEnum):
    """Orders of flow runs."""

    ID_DESC = "ID_DESC"
    START_TIME_ASC = "START_TIME_ASC"
    START_TIME_DESC = "START_TIME_DESC"
    EXPECTED_START_TIME_ASC = "EXPECTED_START_TIME_ASC"
    EXPECTED_START_TIME_DESC = "EXPECTED_START_TIME_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    NEXT_SCHEDULED_START_TIME_ASC = "NEXT_SCHEDULED_START_TIME_ASC"
    END_TIME_DESC = "END_TIME_DESC"


class TaskRunSort(WireEnum):
    """Orders of task runs."""

    ID_DESC = "ID_DESC"
    EXPECTED_START_TIME_ASC = "EXPECTED_START_TIME_ASC"
    EXPECTED_START_TIME_DESC = "EXPECTED_START_TIME_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    NEXT_SCHEDULED_START_TIME_ASC = "NEXT_SCHEDULED_START_TIME_ASC"
    END_TIME_DESC = "END_TIME_DESC"
    DURATION_DESC = "DURATION_DESC"
    DURATION_ASC = "DURATION_ASC"


class LogSort(WireEnum):
    """Orders of log lines."""

    TIMESTAMP_ASC = "TIMESTAMP_ASC"
    TIMESTAMP_DESC = "TIMESTAMP_DESC"


class _Page(BodySchema):
    """Which part of what was found. The limit's bound is checked by the server, whose answer names it."""

    offset: Annotated[int, Field(ge=0)] = 0
    limit: int | None = None


class _NumberedPage(BodySchema):
    """The same, by the number of a page, the first of which is 1."""

    page: Annotated[int, Field(ge=1)] = 1
    limit: int | None = None


class FlowCount(BodySchema):
    """Body of `flows/count`."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_pool_queues: WorkQueueFilter | None = None


class FlowQuery(FlowCount, _Page):
    """Body of `flows/filter`: flows, also by what belongs to them."""

    sort: FlowSort = FlowSort.NAME_ASC


class FlowPageQuery(FlowCount, _NumberedPage):
    """Body of `flows/paginate`."""

    sort: FlowSort = FlowSort.NAME_ASC


class FlowRunCount(BodySchema):
    """Body of `flow_runs/count` and `flow_runs/lateness`."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None
    work_pool_queues: WorkQueueFilter | None = None


class FlowRunQuery(FlowRunCount, _Page):
    """Body of `flow_runs/filter`: flow runs, also by what they belong to and what belongs to them."""

    sort: FlowRunSort = FlowRunSort.ID_DESC


class FlowRunPageQuery(FlowRunCount, _NumberedPage):
    """Body of `flow_runs/paginate`."""

    sort: FlowRunSort = FlowRunSort.ID_DESC


class TaskRunCount(BodySchema):
    """Body of `task_runs/count`."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None


class TaskRunQuery(TaskRunCount, _Page):
    """Body of `task_runs/filter`: task runs, also by what they belong to."""

    sort: TaskRunSort = TaskRunSort.ID_DESC


class TaskRunPageQuery(TaskRunCount, _NumberedPage):
    """Body of `task_runs/paginate`."""

    sort: TaskRunSort = TaskRunSort.ID_DESC


class LogQuery(_Page):
    """Body of `logs/filter`."""

    sort: LogSort = LogSort.TIMESTAMP_ASC
    logs: LogFilter | None = None
