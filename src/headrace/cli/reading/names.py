"""Names by id: on the wire, what belongs to something else tells its id alone."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar
from uuid import UUID

from headrace._wire.filters import (
    FlowFilter,
    FlowFilterId,
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterId,
)
from headrace._wire.flow_runs import FlowRun
from headrace._wire.flows import Flow
from headrace._wire.queries import PAGE_LIMIT
from headrace._wire.task_runs import TaskRun
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["Caller", "callers", "flow_names", "flow_run_names", "task_run_names"]

Named = TypeVar("Named", Flow, FlowRun, TaskRun)


class Caller(NamedTuple):
    """The flow run that called a subflow."""

    id: UUID
    name: str


def flow_names(client: SyncHeadraceClient, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these flows; of one that is not there, none."""
    return _names(
        lambda some: client.read_flows(flow_filter=FlowFilter(id=FlowFilterId(any_=some)), limit=PAGE_LIMIT), ids
    )


def flow_run_names(client: SyncHeadraceClient, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these flow runs; of one that is not there, none."""
    return _names(
        lambda some: client.read_flow_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=some)), limit=PAGE_LIMIT
        ),
        ids,
    )


def task_run_names(client: SyncHeadraceClient, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these task runs; of one that is not there, none."""
    return {each.id: each.name for each in _task_runs(client, ids)}


def callers(client: SyncHeadraceClient, runs: Iterable[FlowRun]) -> dict[UUID, Caller]:
    """Who called these flow runs, by their id; nobody called one that is not in it."""
    by_task_run = {run.parent_task_run_id: run.id for run in runs if run.parent_task_run_id is not None}
    if not by_task_run:
        return {}
    calls = [(by_task_run[each.id], each.flow_run_id) for each in _task_runs(client, by_task_run) if each.flow_run_id]
    names = flow_run_names(client, (caller for _, caller in calls))
    return {called: Caller(caller, names[caller]) for called, caller in calls if caller in names}


def _task_runs(client: SyncHeadraceClient, ids: Iterable[UUID]) -> list[TaskRun]:
    return _all(
        lambda some: client.read_task_runs(
            task_run_filter=TaskRunFilter(id=TaskRunFilterId(any_=some)), limit=PAGE_LIMIT
        ),
        ids,
    )


def _names(read: Callable[[list[UUID]], list[Named]], ids: Iterable[UUID]) -> dict[UUID, str]:
    return {each.id: each.name for each in _all(read, ids)}


def _all(read: Callable[[list[UUID]], list[Named]], ids: Iterable[UUID]) -> list[Named]:
    every = list(set(ids))
    pages = (read(every[start : start + PAGE_LIMIT]) for start in range(0, len(every), PAGE_LIMIT))
    return [each for page in pages for each in page]
