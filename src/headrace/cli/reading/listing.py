"""Lists of flows, flow runs and task runs, with what a table of them shows."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from headrace._wire.filters import FlowFilter, FlowFilterId
from headrace._wire.flow_runs import FlowRun
from headrace._wire.flows import Flow
from headrace._wire.queries import FlowRunSort, FlowSort, TaskRunSort
from headrace._wire.task_runs import TaskRun
from headrace.cli.reading.filtering import Filters
from headrace.cli.reading.names import Caller, callers, flow_names, flow_run_names
from headrace.cli.reading.paging import pages
from headrace.client.orchestration import SyncHeadraceClient

__all__ = [
    "FlowListing",
    "FlowRuns",
    "RunListing",
    "flow_runs_of_flow",
    "list_flow_runs",
    "list_flows",
    "list_task_runs",
]

Run = TypeVar("Run", FlowRun, TaskRun)
Listed = TypeVar("Listed")


class RunListing(msgspec.Struct, Generic[Run], frozen=True):
    """The newest of the runs that were asked for, and how many there are in all.

    `names` are those of what the runs belong to, by its id: of flows for flow runs, of flow runs for task runs.
    `callers` are those of subflow runs, by their id.
    """

    runs: list[Run]
    names: dict[UUID, str]
    total: int
    callers: dict[UUID, Caller] = {}


class FlowRuns(msgspec.Struct, frozen=True):
    """What is told of the runs of one flow: how many there are, and the newest of them."""

    total: int
    newest: list[FlowRun]


class FlowListing(msgspec.Struct, frozen=True):
    """The newest flows, with the newest run of each; `has_more` where there are others."""

    flows: list[Flow]
    runs: dict[UUID, FlowRuns]
    has_more: bool


def list_flow_runs(client: SyncHeadraceClient, wanted: Filters, limit: int) -> RunListing[FlowRun]:
    """At most `limit` of the flow runs that are `wanted`, the newest first."""
    newest = FlowRunSort.EXPECTED_START_TIME_DESC
    among: dict[str, Any] = {"flow_filter": wanted.flow, "flow_run_filter": wanted.flow_run}
    runs = _read(lambda count, offset: client.read_flow_runs(**among, sort=newest, limit=count, offset=offset), limit)
    names = flow_names(client, (run.flow_id for run in runs))
    return RunListing(runs, names, client.count_flow_runs(**among), callers(client, runs))


def list_task_runs(client: SyncHeadraceClient, wanted: Filters, limit: int) -> RunListing[TaskRun]:
    """At most `limit` of the task runs that are `wanted`, the newest first."""
    newest = TaskRunSort.EXPECTED_START_TIME_DESC
    among: dict[str, Any] = {
        "flow_filter": wanted.flow,
        "flow_run_filter": wanted.flow_run,
        "task_run_filter": wanted.task_run,
    }
    runs = _read(lambda count, offset: client.read_task_runs(**among, sort=newest, limit=count, offset=offset), limit)
    names = flow_run_names(client, (run.flow_run_id for run in runs if run.flow_run_id))
    return RunListing(runs, names, client.count_task_runs(**among))


def list_flows(client: SyncHeadraceClient, limit: int) -> FlowListing:
    """At most `limit` flows, the newest first."""
    newest = FlowSort.CREATED_DESC
    flows = _read(lambda count, offset: client.read_flows(sort=newest, limit=count, offset=offset), limit + 1)
    shown = flows[:limit]
    return FlowListing(shown, {flow.id: flow_runs_of_flow(client, flow.id, 1) for flow in shown}, len(flows) > limit)


def flow_runs_of_flow(client: SyncHeadraceClient, flow_id: UUID, limit: int) -> FlowRuns:
    """How many runs a flow has, and at most `limit` of them, the newest first."""
    of_flow = FlowFilter(id=FlowFilterId(any_=[flow_id]))
    newest = client.read_flow_runs(flow_filter=of_flow, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=limit)
    return FlowRuns(client.count_flow_runs(flow_filter=of_flow), newest)


def _read(page: Callable[[int, int], list[Listed]], limit: int) -> list[Listed]:
    return [each for some in pages(page, limit) for each in some]
