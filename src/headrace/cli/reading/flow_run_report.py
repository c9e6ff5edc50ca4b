"""All that is told of one flow run, gathered from the API for `headrace flow-run inspect`."""

from typing import Any
from uuid import UUID

import msgspec

from headrace._wire.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from headrace._wire.flow_runs import FlowRun
from headrace._wire.flows import Flow
from headrace._wire.queries import FlowRunSort, TaskRunSort
from headrace._wire.states import State, StateType
from headrace._wire.task_runs import TaskRun
from headrace.cli.reading.paging import pages
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["FlowRunReport", "read_report"]

_SHOWN_TASK_RUNS = 100


class FlowRunReport(msgspec.Struct, frozen=True):
    """A flow run, and what belongs to it.

    `task_runs` are all there are, or, where those are too many to read, the first of those that did not end well;
    `task_run_counts` are of all, by state type.
    """

    run: FlowRun
    flow: Flow
    states: list[State[Any]]
    task_runs: list[TaskRun]
    task_run_counts: dict[StateType, int]
    children: list[FlowRun]
    parent: FlowRun | None

    @property
    def children_by_task_run(self) -> dict[UUID, FlowRun]:
        """The subflow runs by the task run that stands for each in this run."""
        return {child.parent_task_run_id: child for child in self.children if child.parent_task_run_id is not None}

    @property
    def shows_all_task_runs(self) -> bool:
        """Whether no task run is left out."""
        return len(self.task_runs) == sum(self.task_run_counts.values())


def read_report(client: SyncHeadraceClient, run: FlowRun, *, is_complete: bool) -> FlowRunReport:
    """Reads what belongs to `run`; with `is_complete`, every task run, however many."""
    task_runs, counts = _task_runs(client, run, is_complete)
    of_run = FlowRunFilterParentFlowRunId(any_=[run.id])
    children = pages(
        lambda limit, offset: client.read_flow_runs(
            flow_run_filter=FlowRunFilter(parent_flow_run_id=of_run),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=limit,
            offset=offset,
        ),
        None if is_complete else _SHOWN_TASK_RUNS,
    )
    return FlowRunReport(
        run,
        client.read_flow(run.flow_id),
        client.read_flow_run_states(run.id),
        task_runs,
        counts,
        [child for page in children for child in page],
        _parent(client, run),
    )


def _task_runs(
    client: SyncHeadraceClient, run: FlowRun, is_complete: bool
) -> tuple[list[TaskRun], dict[StateType, int]]:
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))

    def read(limit: int, offset: int, task_run_filter: TaskRunFilter | None = None) -> list[TaskRun]:
        return client.read_task_runs(
            flow_run_filter=of_run,
            task_run_filter=task_run_filter,
            sort=TaskRunSort.EXPECTED_START_TIME_ASC,
            limit=limit,
            offset=offset,
        )

    first = [each for page in pages(read, None if is_complete else _SHOWN_TASK_RUNS + 1) for each in page]
    if is_complete or len(first) <= _SHOWN_TASK_RUNS:
        return first, _counted(first)
    counts = {
        kind: client.count_task_runs(flow_run_filter=of_run, task_run_filter=_in_state(kind)) for kind in StateType
    }
    ill = [kind for kind in StateType if kind is not StateType.COMPLETED]
    return read(_SHOWN_TASK_RUNS, 0, _in_state(*ill)), {kind: count for kind, count in counts.items() if count}


def _in_state(*kinds: StateType) -> TaskRunFilter:
    return TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=list(kinds))))


def _counted(task_runs: list[TaskRun]) -> dict[StateType, int]:
    counts: dict[StateType, int] = {}
    for each in task_runs:
        if each.state_type is not None:
            counts[each.state_type] = counts.get(each.state_type, 0) + 1
    return counts


def _parent(client: SyncHeadraceClient, run: FlowRun) -> FlowRun | None:
    if run.parent_task_run_id is None:
        return None
    caller = client.read_task_run(run.parent_task_run_id).flow_run_id
    return client.read_flow_run(caller) if caller is not None else None
