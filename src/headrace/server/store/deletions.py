"""Deleting for good: flow runs, whose ids stay behind so that late reports of them are not stored; journals; all."""

from collections.abc import Iterable
from typing import Final

import msgspec

from headrace.server.store.migrations import Schema
from headrace.server.store.transactions import Tx

__all__ = [
    "Emptied",
    "delete_closed_journals",
    "delete_everything",
    "delete_flow_runs",
    "deleted_among",
    "has_closed_journals",
]

_DELETED_AMONG: Final = "SELECT id FROM deleted_flow_runs WHERE id {among}"
# Who writes about them at the same time is waited for, or waits and is then refused.
_LOCKED: Final = "SELECT id FROM flow_runs WHERE id {among} ORDER BY id FOR UPDATE"
_REMEMBER: Final = "INSERT INTO deleted_flow_runs (id) SELECT id FROM flow_runs WHERE id {among} ON CONFLICT DO NOTHING"
# From the leaves to the root: each finds by what the next deletes.
_PARTS: Final = (
    "DELETE FROM logs WHERE flow_run_id {among}",
    "DELETE FROM edges WHERE downstream IN (SELECT id FROM task_runs WHERE flow_run_id {among})",
    "DELETE FROM task_run_details WHERE task_run_id IN (SELECT id FROM task_runs WHERE flow_run_id {among})",
    "DELETE FROM flow_run_inputs WHERE flow_run_id {among}",
    "DELETE FROM task_runs WHERE flow_run_id {among}",
    "DELETE FROM flow_run_states WHERE flow_run_id {among}",
)
_FLOW_RUNS: Final = "DELETE FROM flow_runs WHERE id {among} RETURNING id"
_COUNTED: Final = ("flows", "flow_runs", "task_runs", "logs")
_OTHERS: Final = (
    "edges",
    "task_run_details",
    "flow_run_inputs",
    "saved_searches",
    "events",
    "flow_run_states",
    "dead_letters",
    "run_changes",
    "deleted_flow_runs",
    "journal_leases",
    "journals",
)
# A key must not be given twice, for rows that a journal reported keep it: SQLite counts on from the highest.
_CLOSED_JOURNALS: Final = (
    "DELETE FROM journals WHERE closed_at < {closed_before} AND key < (SELECT max(key) FROM journals) "
    "AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.journal = journals.key) "
    "AND (SELECT min_writer FROM meta) <= {known} RETURNING id"
)


class Emptied(msgspec.Struct, frozen=True):
    """How much was deleted with everything else."""

    flows: int
    flow_runs: int
    task_runs: int
    log_lines: int


def delete_flow_runs(tx: Tx, run_ids: Iterable[bytes]) -> set[bytes]:
    """Deletes flow runs with their states, task runs, edges and lines; the ids of those that existed."""
    wanted = list(run_ids)
    if tx.dialect.is_shared:
        tx.rows_among(_LOCKED, wanted)
    for statement in (_REMEMBER, *_PARTS):
        tx.rows_among(statement, wanted)
    return {row[0] for row in tx.rows_among(_FLOW_RUNS, wanted)}


def deleted_among(tx: Tx, run_ids: Iterable[bytes]) -> set[bytes]:
    """Which of these flow runs were deleted."""
    return {row[0] for row in tx.rows_among(_DELETED_AMONG, run_ids)}


def has_closed_journals(tx: Tx, closed_before: int) -> bool:
    """Whether there are journals that were closed before this instant."""
    return bool(tx.execute(f"SELECT 1 FROM journals WHERE closed_at < {int(closed_before)} LIMIT 1"))


def delete_closed_journals(tx: Tx, closed_before: int) -> int:
    """Forgets the journals that were closed before this instant, but for those with dead letters; how many it were."""
    known = Schema.of(tx.dialect.name).latest  # a store that a later Headrace writes is left to that one
    return len(tx.execute(_CLOSED_JOURNALS.format(closed_before=int(closed_before), known=known)))


def delete_everything(tx: Tx) -> Emptied:
    """Deletes all rows but the store's own id, by which journals and servers know it."""
    counts = [tx.execute(f"SELECT count(*) FROM {table}")[0][0] for table in _COUNTED]
    for table in (*_COUNTED, *_OTHERS):
        tx.execute(f"DELETE FROM {table}")
    return Emptied(*counts)
