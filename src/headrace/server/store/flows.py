"""Flows: made by name, and ordinary reads for API, command line and page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from headrace.server.store import hot, tables
from headrace.server.store.changes import Changes, FlowRow
from headrace.server.store.core_rows import count as count_rows
from headrace.server.store.core_rows import page
from headrace.server.store.facts import FlowFacts
from headrace.server.store.filters import FLOW_ORDERS, conditions
from headrace.server.store.transactions import Tx

__all__ = ["count", "create", "delete", "read", "read_by_name", "read_many", "set_tags"]

Query = Mapping[str, Mapping[str, Any] | None]

_SELECT: Final = sa.select(
    tables.flows.c.id,
    tables.flows.c.name,
    tables.flows.c.created_at,
    tables.flows.c.updated_at,
    tables.flows.c.tags,
    tables.flows.c.labels,
)
_BY_ID: Final = _SELECT.where(tables.flows.c.id == sa.bindparam("id"))
_BY_NAME: Final = _SELECT.where(tables.flows.c.name == sa.bindparam("name"))

_encode: Final = msgspec.json.Encoder().encode


def create(tx: Tx, flow: FlowRow) -> None:
    """Makes a flow where no flow of this name exists; who asks then reads the one that does."""
    tx.apply(Changes(flows=(flow,)))


def read(tx: Tx, flow_id: bytes) -> FlowFacts | None:
    """A flow by its id."""
    return _first(tx.select(_BY_ID, {"id": flow_id}))


def read_by_name(tx: Tx, name: str) -> FlowFacts | None:
    """A flow by its name."""
    return _first(tx.select(_BY_NAME, {"name": name}))


def read_many(
    tx: Tx, query: Query, *, sort: str = "NAME_ASC", limit: int | None = None, offset: int = 0
) -> list[FlowFacts]:
    """The flows that a query asks for: `query` maps aggregates (flows, flow_runs, task_runs) to their filters."""
    rows = page(tx, _SELECT, conditions("flows", query), FLOW_ORDERS[sort], limit, offset)
    return [_flow(row) for row in rows]


def set_tags(tx: Tx, flow_id: bytes, tags: Sequence[str], now: int) -> bool:
    """Gives a flow these tags; whether there is such a flow."""
    values = {"tags": _encode(tags).decode(), "updated_at": now}
    changed = sa.update(tables.flows).where(tables.flows.c.id == flow_id).values(values)
    return bool(tx.select(changed.returning(tables.flows.c.id)))


def delete(tx: Tx, flow_id: bytes) -> bool:
    """Deletes a flow of which no runs are left; whether there is such a flow."""
    deleted = sa.delete(tables.flows).where(tables.flows.c.id == flow_id)
    return bool(tx.select(deleted.returning(tables.flows.c.id)))


def count(tx: Tx, query: Query) -> int:
    """How many flows a query asks for."""
    return count_rows(tx, tables.flows, conditions("flows", query))


def _first(rows: Sequence[Sequence[Any]]) -> FlowFacts | None:
    return _flow(rows[0]) if rows else None


def _flow(row: Sequence[Any]) -> FlowFacts:
    return FlowFacts(
        id=row[0],
        name=row[1],
        created_at=row[2],
        updated_at=row[3],
        tags=hot.texts(row[4]),
        labels=hot.json_bytes(row[5]),
    )
