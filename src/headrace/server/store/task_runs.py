"""Task runs: ordinary reads for API, command line and page."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from headrace.server.store import hot
from headrace.server.store.core_rows import TASK_RUN_SELECT, page
from headrace.server.store.core_rows import count as count_rows
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.filters import TASK_RUN_ORDERS, conditions
from headrace.server.store.tables import edges, flow_runs, logs, task_runs
from headrace.server.store.transactions import Tx

__all__ = [
    "Inputs",
    "count",
    "count_by_flow_run",
    "count_by_state",
    "delete",
    "inputs",
    "read",
    "read_by_keys",
    "read_many",
    "rename",
]

Query = Mapping[str, Mapping[str, Any] | None]
Inputs = tuple[tuple[str, tuple[bytes, ...]], ...]

_LOCKED_FLOW_RUN: Final = (
    sa.select(flow_runs.c.id).where(flow_runs.c.id == sa.bindparam("id")).with_for_update(key_share=True)
)
_BY_KEYS: Final = TASK_RUN_SELECT.where(
    task_runs.c.flow_run_id == sa.bindparam("flow_run_id"),
    task_runs.c.task_key == sa.bindparam("task_key"),
    task_runs.c.dynamic_key == sa.bindparam("dynamic_key"),
)
_COUNTED_BY_FLOW_RUN: Final = (
    "SELECT flow_run_id, count(*) FROM task_runs WHERE flow_run_id {among} AND NOT EXISTS "
    "(SELECT 1 FROM flow_runs r WHERE r.parent_task_run_id = task_runs.id) GROUP BY flow_run_id"
)
_INPUTS: Final = "SELECT downstream, parameter, upstream FROM edges WHERE downstream {among}"


def read(tx: Tx, run_id: bytes) -> TaskRunFacts | None:
    """A task run by its id, with its whole history."""
    return hot.task_run_facts(tx, (run_id,)).get(run_id)


def read_by_keys(tx: Tx, flow_run_id: bytes, task_key: str, dynamic_key: str) -> TaskRunFacts | None:
    """The task run of a flow run that was made with these keys. No other is made until the transaction ends."""
    tx.select(_LOCKED_FLOW_RUN, {"id": flow_run_id})
    keys: dict[str, object] = {"flow_run_id": flow_run_id, "task_key": task_key, "dynamic_key": dynamic_key}
    rows = tx.select(_BY_KEYS, keys)
    return hot.task_run_from_row(rows[0]) if rows else None


def rename(tx: Tx, run_id: bytes, name: str, now: int) -> bool:
    """Gives a task run another name; whether there is such a run. Who has read the run before must read it again."""
    changed = sa.update(task_runs).where(task_runs.c.id == run_id)
    changed = changed.values(name=name, revision=task_runs.c.revision + 1, updated_at=now)
    return bool(tx.select(changed.returning(task_runs.c.id)))


def delete(tx: Tx, run_id: bytes) -> bool:
    """Deletes a task run with the edges that end in it and its lines; whether there is such a run."""
    tx.select(sa.delete(edges).where(edges.c.downstream == run_id))
    tx.select(sa.delete(logs).where(logs.c.task_run_id == run_id))
    return bool(tx.select(sa.delete(task_runs).where(task_runs.c.id == run_id).returning(task_runs.c.id)))


def read_many(
    tx: Tx, query: Query, *, sort: str = "ID_DESC", limit: int | None = None, offset: int = 0
) -> list[TaskRunFacts]:
    """The task runs that a query asks for: `query` maps aggregates (task_runs, flow_runs, flows) to their filters."""
    rows = page(tx, TASK_RUN_SELECT, conditions("task_runs", query), TASK_RUN_ORDERS[sort], limit, offset)
    return [hot.task_run_from_row(row) for row in rows]


def count(tx: Tx, query: Query) -> int:
    """How many task runs a query asks for."""
    return count_rows(tx, task_runs, conditions("task_runs", query))


def count_by_state(tx: Tx, query: Query) -> dict[tuple[str, str], int]:
    """How many of those are in each state, by its type and name."""
    state = (task_runs.c.state_type, task_runs.c.state_name)
    rows = tx.select(sa.select(*state, sa.func.count()).where(*conditions("task_runs", query)).group_by(*state))
    return {(row[0], row[1]): row[2] for row in rows}


def count_by_flow_run(tx: Tx, flow_run_ids: Iterable[bytes]) -> dict[bytes, int]:
    """How many task runs these flow runs have that stand for no subflow."""
    return {row[0]: row[1] for row in tx.rows_among(_COUNTED_BY_FLOW_RUN, flow_run_ids)}


def inputs(tx: Tx, run_ids: Iterable[bytes]) -> dict[bytes, Inputs]:
    """The edges of the run graph that end in these task runs: parameter -> the runs whose results it was given."""
    found: dict[bytes, dict[str, list[bytes]]] = {}
    for downstream, parameter, upstream in sorted(tx.rows_among(_INPUTS, run_ids)):
        found.setdefault(downstream, {}).setdefault(parameter, []).append(upstream)
    return {
        run_id: tuple((parameter, tuple(upstreams)) for parameter, upstreams in parameters.items())
        for run_id, parameters in found.items()
    }
