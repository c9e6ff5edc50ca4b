"""What a flow run called: its task runs and subflows as the graph shows them, without their histories."""

from collections.abc import Iterable
from typing import Final

import msgspec
import sqlalchemy as sa

from headrace.server.store.tables import flow_runs, flows, task_runs
from headrace.server.store.transactions import Tx

__all__ = ["NODE_LIMIT", "SURROUNDING", "NodeFacts", "edges_among", "nodes_of"]

NODE_LIMIT: Final = 10_000
"""How many nodes a graph has at most: the first that started."""

SURROUNDING: Final = "__parents__"
"""The parameter under which a task run names those within which it was called."""


class NodeFacts(msgspec.Struct, frozen=True):
    """A task run of the flow run, with the subflow that it stands for."""

    task_run_id: bytes
    name: str
    state_type: str
    start_at: int
    end_at: int | None
    subflow_run_id: bytes | None
    subflow_name: str | None


_start_at: Final = sa.func.coalesce(
    flow_runs.c.start_at, flow_runs.c.expected_start_at, task_runs.c.start_at, task_runs.c.created_at
)
_is_subflow: Final = flow_runs.c.id.is_not(None)
_end_at: Final = sa.case((_is_subflow, flow_runs.c.end_at), else_=task_runs.c.end_at)
_NODES: Final = (
    sa.select(
        task_runs.c.id,
        sa.case((_is_subflow, flow_runs.c.name), else_=task_runs.c.name),
        sa.func.coalesce(sa.case((_is_subflow, flow_runs.c.state_type), else_=None), task_runs.c.state_type),
        _start_at,
        _end_at,
        flow_runs.c.id,
        flows.c.name,
    )
    .select_from(task_runs)
    .outerjoin(flow_runs, flow_runs.c.parent_task_run_id == task_runs.c.id)
    .outerjoin(flows, flows.c.id == flow_runs.c.flow_id)
    .where(
        task_runs.c.flow_run_id == sa.bindparam("flow_run_id"),
        sa.or_(_end_at.is_(None), _end_at >= sa.bindparam("since", type_=sa.BigInteger)),
    )
    .order_by(_start_at, task_runs.c.id)
    .limit(NODE_LIMIT)
)
_EDGES: Final = (
    "SELECT downstream, parameter, upstream FROM edges WHERE downstream {among} ORDER BY downstream, upstream"
)


def nodes_of(tx: Tx, flow_run_id: bytes, *, since: int) -> list[NodeFacts]:
    """The task runs of a flow run that have not ended before `since`, in the order of their starts."""
    return [NodeFacts(*row) for row in tx.select(_NODES, {"flow_run_id": flow_run_id, "since": since})]


def edges_among(tx: Tx, run_ids: Iterable[bytes]) -> list[tuple[bytes, str, bytes]]:
    """The edges that end in these task runs: (downstream, parameter, upstream)."""
    return [(row[0], row[1], row[2]) for row in tx.rows_among(_EDGES, run_ids)]
