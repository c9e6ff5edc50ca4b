"""Handlers of the routes that tell how runs were spread over time, and how late they were."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from headrace._kernel import clock
from headrace._wire.history import (
    HISTORY_LIMIT,
    FlowRunHistoryQuery,
    HistoryQuery,
    HistoryResponse,
    HistoryResponseState,
    TaskRunHistoryQuery,
)
from headrace._wire.queries import FlowRunCount
from headrace._wire.schema import instant, microseconds
from headrace._wire.states import StateType
from headrace.server.api.errors import IntervalTooShort
from headrace.server.api.queries import filters_of
from headrace.server.store import run_history
from headrace.server.store.run_history import Counted, Intervals
from headrace.server.store.transactions import Store

__all__ = ["average_flow_run_lateness", "flow_run_history", "task_run_history"]

_SECOND_US: Final = 1_000_000
_LAST_AT: Final = microseconds(datetime.max.replace(tzinfo=instant(0).tzinfo))


def average_flow_run_lateness(store: Store, query: FlowRunCount) -> float | None:
    """How late the flow runs that fit the filters started on average, in seconds."""
    with store.read() as tx:
        late_us = run_history.average_lateness_us(tx, filters_of(query), now=clock.now())
    return None if late_us is None else late_us / _SECOND_US


def flow_run_history(store: Store, query: FlowRunHistoryQuery) -> list[HistoryResponse]:
    """The flow runs that fit the filters, counted by when they were to start and their states."""
    return _history(store, query, run_history.of_flow_runs)


def task_run_history(store: Store, query: TaskRunHistoryQuery) -> list[HistoryResponse]:
    """The task runs that fit the filters, counted by when they were to start and their states."""
    return _history(store, query, run_history.of_task_runs)


def _history(store: Store, query: HistoryQuery, count: Callable[..., list[Counted]]) -> list[HistoryResponse]:
    intervals = _intervals(query)
    with store.read() as tx:
        counted = count(tx, filters_of(query), intervals, now=clock.now())
    of_interval: dict[int, list[Counted]] = {}
    for one in counted:
        of_interval.setdefault(one.interval, []).append(one)
    return [_response(intervals, number, of_interval.get(number, ())) for number in range(intervals.count)]


def _intervals(query: HistoryQuery) -> Intervals:
    """The intervals from the start on until one of them reaches the end, but for those beyond the limit."""
    length = query.history_interval_seconds
    if length < timedelta(seconds=1):
        raise IntervalTooShort("History interval must not be less than 1 second.")
    start_at, length_us = microseconds(query.history_start), length // timedelta(microseconds=1)
    wanted = -((start_at - microseconds(query.history_end)) // length_us)
    return Intervals(start_at, length_us, max(0, min(HISTORY_LIMIT, wanted)))


def _response(intervals: Intervals, number: int, counted: Iterable[Counted]) -> HistoryResponse:
    start_at = intervals.start_at + number * intervals.length_us
    return HistoryResponse(
        interval_start=instant(start_at),
        interval_end=instant(min(_LAST_AT, start_at + intervals.length_us)),
        states=[
            HistoryResponseState(
                state_type=StateType(one.state_type),
                state_name=one.state_name,
                count_runs=one.runs,
                sum_estimated_run_time=one.running_us / _SECOND_US,
                sum_estimated_lateness=one.late_us / _SECOND_US,
            )
            for one in counted
        ],
    )
