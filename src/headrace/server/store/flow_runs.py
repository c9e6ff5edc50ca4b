"""Flow runs: ordinary reads for API, command line and page. What every run needs is in `hot`."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from headrace.server.store import hot
from headrace.server.store.core_rows import FLOW_RUN_SELECT, page
from headrace.server.store.core_rows import count as count_rows
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.filters import FLOW_RUN_ORDERS, conditions
from headrace.server.store.tables import flow_runs, flows
from headrace.server.store.transactions import Tx

__all__ = [
    "FlowRunChanges",
    "count",
    "count_by_state",
    "ids_of_flow",
    "locked_labels",
    "next_of_flow",
    "read",
    "read_by_idempotency_key",
    "read_many",
    "update",
]


class FlowRunChanges(msgspec.Struct, frozen=True):
    """What somebody changes of a flow run while it goes on; UNSET stays. What is bytes is JSON."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    flow_version: str | msgspec.UnsetType | None = msgspec.UNSET
    parameters: bytes | msgspec.UnsetType = msgspec.UNSET
    policy: bytes | msgspec.UnsetType = msgspec.UNSET
    tags: bytes | msgspec.UnsetType = msgspec.UNSET
    labels: bytes | msgspec.UnsetType = msgspec.UNSET
    infrastructure_pid: str | msgspec.UnsetType | None = msgspec.UNSET
    job_variables: bytes | msgspec.UnsetType | None = msgspec.UNSET


Query = Mapping[str, Mapping[str, Any] | None]

_LOCKED_LABELS: Final = sa.select(flow_runs.c.labels).where(flow_runs.c.id == sa.bindparam("id")).with_for_update()
# On PostgreSQL who would begin a run of the flow waits until it is gone; on SQLite nobody else writes.
_LOCKED_FLOW: Final = sa.select(flows.c.id).where(flows.c.id == sa.bindparam("id")).with_for_update()
_IDS_OF_FLOW: Final = sa.select(flow_runs.c.id).where(flow_runs.c.flow_id == sa.bindparam("id"))
_NEXT_OF_FLOW: Final = (
    FLOW_RUN_SELECT.where(
        flow_runs.c.flow_id == sa.bindparam("flow_id"),
        flow_runs.c.state_type == "SCHEDULED",
        flow_runs.c.next_scheduled_at.is_not(None),
    )
    .order_by(flow_runs.c.next_scheduled_at, flow_runs.c.id)
    .limit(1)
)
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


def next_of_flow(tx: Tx, flow_id: bytes) -> FlowRunFacts | None:
    """The scheduled run of a flow that is to start next."""
    rows = tx.select(_NEXT_OF_FLOW, {"flow_id": flow_id})
    return hot.flow_run_from_row(rows[0]) if rows else None


def update(tx: Tx, run_id: bytes, changes: FlowRunChanges, now: int) -> bool:
    """Changes what a flow run is; whether there is such a run."""
    given = {field: getattr(changes, field) for field in changes.__struct_fields__}
    values = {
        field: value.decode() if isinstance(value, bytes) else value
        for field, value in given.items()
        if value is not msgspec.UNSET
    }
    changed = sa.update(flow_runs).where(flow_runs.c.id == run_id).values(**values, updated_at=now)
    return bool(tx.select(changed.returning(flow_runs.c.id)))


def locked_labels(tx: Tx, run_id: bytes) -> dict[str, Any] | None:
    """The run's labels, which stay so until the transaction ends; None where there is no such run."""
    rows = tx.select(_LOCKED_LABELS, {"id": run_id})
    return msgspec.json.decode(rows[0][0]) if rows else None


def ids_of_flow(tx: Tx, flow_id: bytes) -> list[bytes] | None:
    """The runs of a flow, to which none is added until the transaction ends; None where there is no such flow."""
    if not tx.select(_LOCKED_FLOW, {"id": flow_id}):
        return None
    return [row[0] for row in tx.select(_IDS_OF_FLOW, {"id": flow_id})]
