"""The client's methods about flows."""

from typing import Protocol
from uuid import UUID

from headrace._wire.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from headrace._wire.flows import Flow, FlowCreate
from headrace._wire.queries import FlowQuery, FlowSort
from headrace.client._exchange import Exchange, endpoint

__all__ = ["FlowEndpoints", "NamedFlow"]


class NamedFlow(Protocol):
    """What a decorated flow has, as far as the control plane is concerned."""

    @property
    def name(self) -> str: ...


def _id(flow: Flow) -> UUID:
    return flow.id


class FlowEndpoints:
    """Methods about flows."""

    @endpoint
    def create_flow(self, flow: NamedFlow) -> Exchange[UUID]:
        """Makes a decorated flow known, where it is not; returns its id."""
        return Exchange("create_flow", body=FlowCreate(name=flow.name), read=_id)

    @endpoint
    def create_flow_from_name(self, flow_name: str) -> Exchange[UUID]:
        """Makes a flow of this name known, where there is none; returns its id."""
        return Exchange("create_flow", body=FlowCreate(name=flow_name), read=_id)

    @endpoint
    def read_flow(self, flow_id: UUID) -> Exchange[Flow]:
        """A flow by its id; ObjectNotFound where there is none."""
        return Exchange("read_flow", path={"id": flow_id})

    @endpoint
    def read_flow_by_name(self, flow_name: str) -> Exchange[Flow]:
        """A flow by its name; ObjectNotFound where there is none."""
        return Exchange("read_flow_by_name", path={"name": flow_name})

    @endpoint
    def read_flows(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        sort: FlowSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Exchange[list[Flow]]:
        """Flows that fit all filters, `limit` of them (200 where it is not given) behind the first `offset`."""
        query = FlowQuery(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_pool_queues=work_queue_filter,
            sort=sort or FlowSort.NAME_ASC,
            limit=limit,
            offset=offset,
        )
        return Exchange("read_flows", body=query)
