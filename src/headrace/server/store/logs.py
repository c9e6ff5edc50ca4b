"""Log lines: ordinary reads for API, command line and page."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from headrace._kernel.ids import id_bytes
from headrace.server.store import tables
from headrace.server.store.core_rows import count as count_rows
from headrace.server.store.core_rows import page
from headrace.server.store.facts import LogFacts
from headrace.server.store.filters import LOG_ORDERS, LOGS, condition
from headrace.server.store.transactions import Tx

__all__ = ["count", "read_many", "read_stored"]

_SELECT: Final = sa.select(
    tables.logs.c.seq,
    tables.logs.c.flow_run_id,
    tables.logs.c.task_run_id,
    tables.logs.c.at,
    tables.logs.c.level,
    tables.logs.c.logger,
    tables.logs.c.message,
)
_VERSION_8: Final = 8 << 76
_VERSION_MASK: Final = ~(0xF << 76)


def read_many(
    tx: Tx, wire: Mapping[str, Any] | None, *, sort: str = "TIMESTAMP_ASC", limit: int | None = None, offset: int = 0
) -> list[LogFacts]:
    """The lines that a filter asks for."""
    rows = page(tx, _SELECT, _asked(wire), LOG_ORDERS[sort], limit, offset)
    store = int.from_bytes(id_bytes(tx.store_id), "big")
    return [LogFacts(_line_id(store, row[0]), *row[1:]) for row in rows]


def read_stored(
    tx: Tx, wire: Mapping[str, Any] | None, first: int, last: int, *, limit: int
) -> list[tuple[int, LogFacts]]:
    """The lines that a filter asks for among those with these numbers, in the order of their storing, numbered."""
    # As a value, the condition uses no index: it would have to look at all lines of a run for the last few.
    asked = [sa.case((term, 1), else_=0) == 1 for term in _asked(wire)]
    rows = page(tx, _SELECT, [tables.logs.c.seq.between(first, last), *asked], (tables.logs.c.seq,), limit, 0)
    store = int.from_bytes(id_bytes(tx.store_id), "big")
    return [(row[0], LogFacts(_line_id(store, row[0]), *row[1:])) for row in rows]


def count(tx: Tx, wire: Mapping[str, Any] | None) -> int:
    """How many lines a filter asks for."""
    return count_rows(tx, tables.logs, _asked(wire))


def _asked(wire: Mapping[str, Any] | None) -> list[sa.ColumnElement[bool]]:
    asked = None if wire is None else condition(LOGS, wire)
    return [] if asked is None else [asked]


def _line_id(store: int, seq: int) -> bytes:
    # Computed, as nothing refers to a line by its id: 16 bytes and an index less for each.
    return ((store ^ seq) & _VERSION_MASK | _VERSION_8).to_bytes(16, "big")
