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

__all__ = ["count", "read_many"]

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


def count(tx: Tx, wire: Mapping[str, Any] | None) -> int:
    """How many lines a filter asks for."""
    return count_rows(tx, tables.logs, _asked(wire))


def _asked(wire: Mapping[str, Any] | None) -> list[sa.ColumnElement[bool]]:
    asked = None if wire is None else condition(LOGS, wire)
    return [] if asked is None else [asked]


def _line_id(store: int, seq: int) -> bytes:
    # Computed, as nothing refers to a line by its id: 16 bytes and an index less for each.
    return ((store ^ seq) & _VERSION_MASK | _VERSION_8).to_bytes(16, "big")
