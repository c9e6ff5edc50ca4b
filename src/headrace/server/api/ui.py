"""Handlers of the routes that pages ask."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from headrace._kernel import clock
from headrace._wire.queries import TaskRunCount
from headrace._wire.schema import microseconds
from headrace._wire.ui import (
    CountByState,
    Counts,
    DashboardCount,
    DashboardQuery,
    FlowIds,
    FlowRunIds,
    NextRuns,
    SimpleFlowRun,
    SimpleFlowRunQuery,
    SimpleNextFlowRun,
    UITaskRun,
)
from headrace.server.api import rendering
from headrace.server.api.errors import LimitTooLarge, TimeUnknown
from headrace.server.api.queries import filters_of
from headrace.server.api.task_runs import fields_of_runs
from headrace.server.store import flow_runs, run_history, task_runs
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.unknown import unknown

__all__ = [
    "count_deployments_by_flow",
    "count_task_runs_by_flow_run",
    "next_runs_by_flow",
    "read_dashboard_task_run_counts",
    "read_flow_run_points",
    "read_task_run_counts_by_state",
    "read_task_run_with_flow_run_name",
]

_MINUTE: Final = 60 * 1_000_000
_DASHBOARD_PARTS: Final = 20
_OUTCOMES: Final = {"COMPLETED": "completed", "FAILED": "failed", "CRASHED": "failed"}


def read_task_run_counts_by_state(store: Store, query: TaskRunCount) -> CountByState:
    """How many of the task runs that fit the filters are in states of each type."""
    counts: dict[str, int] = {}
    with store.read() as tx:
        for (kind, _), count in task_runs.count_by_state(tx, filters_of(query)).items():
            counts[kind] = counts.get(kind, 0) + count
    return CountByState(**counts)


def read_dashboard_task_run_counts(store: Store, query: DashboardQuery) -> list[DashboardCount]:
    """How the task runs have ended that started in each twentieth of the time that is asked for, in whole minutes."""
    started = query.task_runs.start_time
    if started is None or started.after_ is None:
        raise TimeUnknown("task_runs.start_time.after_ is required")
    now = clock.now()
    begin = microseconds(started.after_) // _MINUTE * _MINUTE
    end = now if started.before_ is None else (microseconds(started.before_) // _MINUTE + 1) * _MINUTE
    intervals = run_history.Intervals(begin, max(-((begin - end) // _DASHBOARD_PARTS), 1), _DASHBOARD_PARTS)
    counts = [{"completed": 0, "failed": 0} for _ in range(_DASHBOARD_PARTS)]
    with store.read() as tx:
        for one in run_history.of_started_task_runs(tx, filters_of(query), intervals, now=now):
            if (outcome := _OUTCOMES.get(one.state_type)) is not None:
                counts[one.interval][outcome] += one.runs
    return [DashboardCount(**count) for count in counts]


def count_task_runs_by_flow_run(store: Store, query: FlowRunIds) -> Counts:
    """How many tasks some flow runs called; subflows are not counted."""
    with store.read() as tx:
        counts = task_runs.count_by_flow_run(tx, [run_id.bytes for run_id in query.flow_run_ids])
    return {run_id: counts.get(run_id.bytes, 0) for run_id in query.flow_run_ids}


def count_deployments_by_flow(store: Store, query: FlowIds) -> Counts:
    """How many deployments some flows have: there are none yet."""
    return dict.fromkeys(query.flow_ids, 0)


def next_runs_by_flow(store: Store, query: FlowIds) -> NextRuns:
    """The run of each of some flows that is to start next."""
    with store.read() as tx:
        found = {flow_id: flow_runs.next_of_flow(tx, flow_id.bytes) for flow_id in query.flow_ids}
    return {flow_id: None if run is None else _next(run) for flow_id, run in found.items()}


def read_flow_run_points(store: Store, query: SimpleFlowRunQuery) -> list[SimpleFlowRun]:
    """The flow runs that fit the filters, as points of a chart."""
    if query.limit < 0:
        raise LimitTooLarge("Invalid limit: must be greater than or equal to 0.")
    with store.read() as tx:
        found = flow_runs.read_many(
            tx, filters_of(query), sort=query.sort.value, limit=query.limit, offset=query.offset
        )
    now = clock.now()
    return [_point(run, now) for run in found if run.state is not None]


def read_task_run_with_flow_run_name(store: Store, run_id: UUID) -> UITaskRun:
    """A task run by its id, with its flow run's name."""
    with store.read() as tx:
        run = task_runs.read(tx, run_id.bytes)
        if run is None:
            raise unknown("task run", run_id.bytes)
        flow_run = None if run.flow_run_id is None else flow_runs.read(tx, run.flow_run_id)
        (fields,) = fields_of_runs(tx, (run,), clock.now())
    return UITaskRun.model_validate({**fields, "flow_run_name": flow_run and flow_run.name})


def _point(run: FlowRunFacts, now: int) -> SimpleFlowRun:
    shown = rendering.flow_run(run, now)
    return SimpleFlowRun.model_validate(
        {
            "id": run.id,
            "state_type": shown.state_type,
            "timestamp": shown.start_time or shown.expected_start_time or shown.created,
            "duration": shown.estimated_run_time or timedelta(),
            "lateness": shown.estimated_start_time_delta,
        }
    )


def _next(run: FlowRunFacts) -> SimpleNextFlowRun:
    shown = rendering.flow_run(run, clock.now())
    return SimpleNextFlowRun.model_validate(shown, from_attributes=True)
