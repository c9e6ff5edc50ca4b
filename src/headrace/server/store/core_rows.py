"""What ordinary reads and writes have in common: the columns of whole rows in hot's order, pages, rows in bulk."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from headrace.server.store import hot
from headrace.server.store.filters import Condition, Order
from headrace.server.store.tables import flow_run_states, flow_runs, flows, journals, task_runs
from headrace.server.store.transactions import Tx

__all__ = ["FLOW_RUN_SELECT", "TASK_RUN_SELECT", "count", "page", "write_many"]


# Behind all rows: a larger offset is no number that a database takes.
_FAR_BEYOND: Final = 1 << 60


def _columns(names: str, tables: Mapping[str, sa.Table]) -> list[sa.Column[Any]]:
    parts = (name.split(".") for name in names.split(", "))
    return [tables[table].c[column] for table, column in parts]


FLOW_RUN_SELECT: Final = (
    sa.select(*_columns(hot.FLOW_RUN_COLUMNS, {"r": flow_runs, "f": flows, "j": journals, "s": flow_run_states}))
    .select_from(flow_runs)
    .join(flows, flows.c.id == flow_runs.c.flow_id)
    .outerjoin(journals, journals.c.key == flow_runs.c.journal)
    .outerjoin(
        flow_run_states,
        sa.and_(
            flow_run_states.c.flow_run_id == flow_runs.c.id,
            flow_run_states.c.attempt == flow_runs.c.attempt,
            flow_run_states.c.ordinal == flow_runs.c.ordinal,
        ),
    )
)
TASK_RUN_SELECT: Final = (
    sa.select(*_columns(hot.TASK_RUN_COLUMNS, {"r": task_runs, "j": journals}))
    .select_from(task_runs)
    .outerjoin(journals, journals.c.key == task_runs.c.journal)
)


def page(
    tx: Tx,
    select: "sa.Select[*tuple[Any, ...]]",
    asked: Sequence[Condition],
    order: Order,
    limit: int | None,
    offset: int,
) -> Sequence[Sequence[Any]]:
    """The rows that meet all conditions, in order, from `offset` on and at most `limit`."""
    statement = select.where(*asked).order_by(*order).offset(min(offset, _FAR_BEYOND) or None)
    return tx.select(statement if limit is None else statement.limit(limit))


def count(tx: Tx, table: sa.Table, asked: Sequence[Condition]) -> int:
    """How many rows of `table` meet all conditions."""
    rows = tx.select(sa.select(sa.func.count()).select_from(table).where(*asked))
    return int(rows[0][0])


# Rows a statement: each size is compiled once.
_SIZES: Final = (64, 8, 1)


def write_many(
    tx: Tx, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[object]], *, on_conflict: str
) -> None:
    """Inserts rows, 64 of them by one statement; `on_conflict` says what becomes of those that are there."""
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            some = rows[start : start + size]
            values = {
                f"{name}_{n}": value for n, row in enumerate(some) for name, value in zip(columns, row, strict=True)
            }
            tx.select(_insert(table, columns, size, on_conflict), values)
            start += size


@cache
def _insert(table: str, columns: tuple[str, ...], size: int, on_conflict: str) -> sa.TextClause:
    rows = [f"({', '.join(f':{name}_{n}' for name in columns)})" for n in range(size)]
    return sa.text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(rows)} ON CONFLICT {on_conflict}")
