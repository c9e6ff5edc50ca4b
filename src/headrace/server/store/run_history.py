"""How runs are spread over time, counted by the database: by when they were to start, and how late they were."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from headrace.server.store.filters import conditions
from headrace.server.store.tables import flow_runs, task_runs
from headrace.server.store.transactions import Tx

__all__ = ["Counted", "Intervals", "average_lateness_us", "of_flow_runs", "of_started_task_runs", "of_task_runs"]

Query = Mapping[str, Mapping[str, Any] | None]


class Intervals(msgspec.Struct, frozen=True):
    """Intervals of one length that follow upon each other, in microseconds."""

    start_at: int
    length_us: int
    count: int


class Counted(msgspec.Struct, frozen=True):
    """The runs that were to start in one interval and are in one state."""

    interval: int  # its number, from 0
    state_type: str
    state_name: str
    runs: int
    running_us: int
    late_us: int


_now: Final = sa.bindparam("now", type_=sa.BigInteger)


def _running_us(table: sa.Table) -> sa.ColumnElement[int]:
    is_running = sa.and_(table.c.state_type == "RUNNING", table.c.state_at < _now)
    return table.c.running_us + sa.case((is_running, _now - table.c.state_at), else_=0)


def _late_us(table: sa.Table, expected_at: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """How much later than expected a run started, or will have started at best. A run that is over has started."""
    start_at = sa.func.coalesce(table.c.start_at, _now)
    return sa.case((start_at > expected_at, start_at - expected_at), else_=0)


_flow_run_late_us: Final = _late_us(flow_runs, flow_runs.c.expected_start_at)


def average_lateness_us(tx: Tx, query: Query, *, now: int) -> float | None:
    """How late the flow runs that a query asks for started on average; None where there is none."""
    average = sa.select(sa.func.avg(_flow_run_late_us)).where(*conditions("flow_runs", query))
    found = tx.select(average, {"now": now})[0][0]
    return None if found is None else float(found)


def of_flow_runs(tx: Tx, query: Query, intervals: Intervals, *, now: int) -> list[Counted]:
    """The flow runs that a query asks for, by when they were to start and their states."""
    asked = conditions("flow_runs", query)
    return _counted(tx, flow_runs, flow_runs.c.expected_start_at, asked, intervals, now)


def of_task_runs(tx: Tx, query: Query, intervals: Intervals, *, now: int) -> list[Counted]:
    """The same of task runs, which are to start as soon as they exist."""
    return _counted(tx, task_runs, task_runs.c.created_at, conditions("task_runs", query), intervals, now)


def of_started_task_runs(tx: Tx, query: Query, intervals: Intervals, *, now: int) -> list[Counted]:
    """The same by when they started."""
    return _counted(tx, task_runs, task_runs.c.start_at, conditions("task_runs", query), intervals, now)


def _counted(
    tx: Tx,
    table: sa.Table,
    expected_at: sa.ColumnElement[int],
    asked: Sequence[sa.ColumnElement[bool]],
    intervals: Intervals,
    now: int,
) -> list[Counted]:
    start_at, length_us = sa.literal(intervals.start_at), sa.literal(intervals.length_us, sa.BigInteger)
    end_at = intervals.start_at + intervals.count * intervals.length_us
    counts = (
        sa.select(
            ((expected_at - start_at) // length_us).label("number"),
            table.c.state_type,
            table.c.state_name,
            sa.func.count(),
            sa.func.sum(_running_us(table)),
            sa.func.sum(_late_us(table, expected_at)),
        )
        .where(*asked, expected_at >= intervals.start_at, expected_at < end_at, table.c.state_type.is_not(None))
        .group_by("number", table.c.state_type, table.c.state_name)
        .order_by("number", table.c.state_type, table.c.state_name)
    )
    return [Counted(*map(_whole, row)) for row in tx.select(counts, {"now": now})]


def _whole(value: Any) -> Any:
    """Sums of whole numbers are decimals on PostgreSQL."""
    return value if isinstance(value, str) else int(value)
