"""The client's methods about task runs and their states."""

from typing import Any
from uuid import UUID

from headrace._wire.filters import DeploymentFilter, FlowFilter, FlowRunFilter, TaskRunFilter
from headrace._wire.queries import TaskRunCount, TaskRunQuery, TaskRunSort
from headrace._wire.states import State
from headrace._wire.task_runs import TaskRun
from headrace.client._exchange import Exchange, endpoint

__all__ = ["TaskRunEndpoints"]


class TaskRunEndpoints:
    """Methods about task runs and their states."""

    @endpoint
    def read_task_run(self, task_run_id: UUID) -> Exchange[TaskRun]:
        """A task run by its id; ObjectNotFound where there is none."""
        return Exchange("read_task_run", path={"id": task_run_id})

    @endpoint
    def read_task_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        sort: TaskRunSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Exchange[list[TaskRun]]:
        """Task runs that fit all filters, `limit` of them (200 where it is not given) behind the first `offset`."""
        query = TaskRunQuery(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            sort=sort or TaskRunSort.ID_DESC,
            limit=limit,
            offset=offset,
        )
        return Exchange("read_task_runs", body=query)

    @endpoint
    def count_task_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
    ) -> Exchange[int]:
        """How many task runs fit all filters."""
        query = TaskRunCount(
            flows=flow_filter, flow_runs=flow_run_filter, task_runs=task_run_filter, deployments=deployment_filter
        )
        return Exchange("count_task_runs", body=query)

    @endpoint
    def read_task_run_states(self, task_run_id: UUID) -> Exchange[list[State[Any]]]:
        """All states that a task run went through, in order."""
        return Exchange("read_task_run_states", query={"task_run_id": task_run_id})
