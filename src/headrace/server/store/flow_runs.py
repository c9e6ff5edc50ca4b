"""Flow runs: ordinary reads for API, command line and page. What every run needs is in `hot`."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from headrace.server.store import hot
from headrace.server.store.core_rows import FLOW_RUN_SELECT, page
from headrace.server.store.core_rows import count as count_rows
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.filters import FLOW_RUN_ORDERS, conditions
from headrace.server.store.tables import flow_runs
from headrace.server.store.transactions import Tx

__all__ = ["count", "count_by_state", "read", "read_by_idempotency_key", "read_many"]

Query = Mapping[str, Mapping[str, Any] | None]

_BY_IDEMPOTENCY_KEY: Final = FLOW_RUN_SELECT.where(
    flow_runs.c.flow_id == sa.bindparam("flow_id"), flow_runs.c.idempotency_key == sa.bindparam("key")
)


def read(tx: Tx, run_id: bytes) -> FlowRunFacts | None:
    """A flow run by its id."""
    return hot.flow_run_facts(tx, (run_id,)).get(run_id)


def read_by_idempotency_key(tx: Tx, flow_id: bytes, key: str) -> FlowRunFacts | None:
    """The run of a flow that was made with this key."""
    rows = tx.select(_BY_IDEMPOTENCY_KEY, {"flow_id": flow_id, "key": key})
    return hot.flow_run_from_row(rows[0]) if rows else None


def read_many(
    tx: Tx, query: Query, *, sort: str = "ID_DESC", limit: int | None = None, offset: int = 0
) -> list[FlowRunFacts]:
    """The flow runs that a query asks for: `query` maps aggregates (flow_runs, flows, task_runs) to their filters."""
    rows = page(tx, FLOW_RUN_SELECT, conditions("flow_runs", query), FLOW_RUN_ORDERS[sort], limit, offset)
    return [hot.flow_run_from_row(row) for row in rows]


def count(tx: Tx, query: Query) -> int:
    """How many flow runs a query asks for."""
    return count_rows(tx, flow_runs, conditions("flow_runs", query))


def count_by_state(tx: Tx, query: Query) -> dict[tuple[str | None, str | None], int]:
    """How many of those are in each state, by its type and name."""
    state = (flow_runs.c.state_type, flow_runs.c.state_name)
    rows = tx.select(sa.select(*state, sa.func.count()).where(*conditions("flow_runs", query)).group_by(*state))
    return {(row[0], row[1]): row[2] for row in rows}
