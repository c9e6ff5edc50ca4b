"""The client's methods about flow runs and their states."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from headrace._kernel.steps import Steps
from headrace._wire.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from headrace._wire.flow_runs import FlowRun, FlowRunCreate
from headrace._wire.flows import Flow, FlowCreate
from headrace._wire.queries import FlowRunCount, FlowRunQuery, FlowRunSort
from headrace._wire.states import OrchestrationResult, SetStateBody, State, StateCreate, StateType
from headrace.client._exchange import Exchange, ask, conversation, endpoint

__all__ = ["FlowRunEndpoints", "VersionedFlow", "proposed"]


class VersionedFlow(Protocol):
    """What a decorated flow has, as far as its runs are concerned."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str | None: ...


def proposed(state: State[Any]) -> StateCreate:
    """The state as it is proposed: of its data, only what is JSON travels."""
    return StateCreate(
        type=state.type,
        name=state.name,
        message=state.message,
        data=state.data if _is_json(state.data) else None,
        state_details=state.state_details,
    )


def _is_json(data: object) -> bool:
    return data is None or type(data) in (bool, int, float, str) or (isinstance(data, dict | list))


class FlowRunEndpoints:
    """Methods about flow runs and their states."""

    @conversation
    def create_flow_run(
        self,
        flow: VersionedFlow,
        name: str | None = None,
        parameters: dict[str, Any] | None = None,
        context: dict[str, Any] | None = None,
        tags: Iterable[str] | None = None,
        parent_task_run_id: UUID | None = None,
        state: State[Any] | None = None,
        work_pool_name: str | None = None,
        work_queue_name: str | None = None,
        job_variables: dict[str, Any] | None = None,
    ) -> Steps[FlowRun]:
        """Makes a run of a decorated flow, without running it; Pending where no other state is given."""
        known: Flow = yield from ask(self, Exchange("create_flow", body=FlowCreate(name=flow.name)))
        wanted = FlowRunCreate(
            flow_id=known.id,
            flow_version=flow.version,
            parameters=parameters or {},
            context=context or {},
            tags=list(tags or ()),
            parent_task_run_id=parent_task_run_id,
            state=proposed(state) if state is not None else StateCreate(type=StateType.PENDING),
            work_pool_name=work_pool_name,
            work_queue_name=work_queue_name,
            job_variables=job_variables,
        )
        if name is not None:
            wanted.name = name
        run: FlowRun = yield from ask(self, Exchange("create_flow_run", body=wanted))
        return run

    @endpoint
    def read_flow_run(self, flow_run_id: UUID) -> Exchange[FlowRun]:
        """A flow run by its id; ObjectNotFound where there is none."""
        return Exchange("read_flow_run", path={"id": flow_run_id})

    @endpoint
    def read_flow_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        sort: FlowRunSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Exchange[list[FlowRun]]:
        """Flow runs that fit all filters, `limit` of them (200 where it is not given) behind the first `offset`."""
        query = FlowRunQuery(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_pool_queues=work_queue_filter,
            sort=sort or FlowRunSort.ID_DESC,
            limit=limit,
            offset=offset,
        )
        return Exchange("read_flow_runs", body=query)

    @endpoint
    def count_flow_runs(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
    ) -> Exchange[int]:
        """How many flow runs fit all filters."""
        query = FlowRunCount(
            flows=flow_filter,
            flow_runs=flow_run_filter,
            task_runs=task_run_filter,
            deployments=deployment_filter,
            work_pools=work_pool_filter,
            work_pool_queues=work_queue_filter,
        )
        return Exchange("count_flow_runs", body=query)

    @endpoint
    def set_flow_run_state(
        self, flow_run_id: UUID | str, state: State[Any], force: bool = False
    ) -> Exchange[OrchestrationResult[Any]]:
        """Proposes a state; the result says whether it is the run's state now, and else why not.

        `force` passes over the rules. ObjectNotFound where there is no such run.
        """
        body = SetStateBody(state=proposed(state), force=force)
        return Exchange("set_flow_run_state", path={"id": flow_run_id}, body=body)

    @endpoint
    def read_flow_run_state(self, flow_run_state_id: UUID) -> Exchange[State[Any]]:
        """A state of a flow run by its id; ObjectNotFound where there is none."""
        return Exchange("read_flow_run_state", path={"id": flow_run_state_id})

    @endpoint
    def read_flow_run_states(self, flow_run_id: UUID) -> Exchange[list[State[Any]]]:
        """All states that a flow run went through, in order."""
        return Exchange("read_flow_run_states", query={"flow_run_id": flow_run_id})

    @endpoint
    def delete_flow_run(self, flow_run_id: UUID) -> Exchange[None]:
        """Deletes a flow run; ObjectNotFound where there is none."""
        return Exchange("delete_flow_run", path={"id": flow_run_id})
