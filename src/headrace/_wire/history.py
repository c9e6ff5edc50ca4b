"""How runs were spread over time, on the wire: how many were to start in each of some intervals, by their states."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from headrace._wire.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
    WorkPoolFilter,
    WorkQueueFilter,
)
from headrace._wire.schema import BodySchema, Instant, WireSchema
from headrace._wire.states import StateType

__all__ = [
    "HISTORY_LIMIT",
    "FlowRunHistoryQuery",
    "HistoryQuery",
    "HistoryResponse",
    "HistoryResponseState",
    "Lateness",
    "TaskRunHistoryQuery",
]

HISTORY_LIMIT: Final = 500
"""How many intervals one answer has at most: the first ones."""

Lateness = float | None
"""How late runs started on average, in seconds; None where there is none."""

_LONGEST: Final = timedelta(days=36_500)


def _not_longer_than_a_century(interval: timedelta) -> timedelta:
    if interval > _LONGEST:
        raise ValueError(f"an interval is not longer than {_LONGEST.total_seconds():.0f} seconds")
    return interval


def _seconds(value: object) -> object:
    return value if isinstance(value, timedelta) else float(value) if isinstance(value, int | float | str) else value


_Interval = Annotated[
    timedelta,
    AfterValidator(_not_longer_than_a_century),
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "number", "format": "time-delta"}),
]


class HistoryQuery(BodySchema):
    """Base of the bodies of `history`: from when, until when, and how long an interval is."""

    history_start: Instant
    history_end: Instant
    history_interval_seconds: _Interval
    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None


class FlowRunHistoryQuery(HistoryQuery):
    """Body of `flow_runs/history`."""

    work_pools: WorkPoolFilter | None = None
    work_queues: WorkQueueFilter | None = None


class TaskRunHistoryQuery(HistoryQuery):
    """Body of `task_runs/history`."""


class HistoryResponseState(WireSchema):
    """The runs of one interval that are in one state; the sums are seconds."""

    state_type: StateType
    state_name: str
    count_runs: int
    sum_estimated_run_time: float
    sum_estimated_lateness: float


class HistoryResponse(WireSchema):
    """One interval, its end left out."""

    interval_start: Instant
    interval_end: Instant
    states: list[HistoryResponseState]
