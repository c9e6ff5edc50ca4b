"""The histories of runs, oldest state first: by attempt and ordinal, whenever a state arrived."""

from typing import Final

import sqlalchemy as sa

from headrace._records import StateRecord
from headrace.server.store import hot
from headrace.server.store.core_rows import TASK_RUN_SELECT
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.state_ids import id_of_state
from headrace.server.store.tables import flow_run_states, task_runs
from headrace.server.store.transactions import Tx

__all__ = ["of_flow_run", "of_flow_run_by_id", "of_task_run", "of_task_run_by_id"]

_OF_FLOW_RUN: Final = (
    "SELECT attempt, ordinal, type, name, at, message, details, data FROM flow_run_states WHERE flow_run_id {among} "
    "ORDER BY attempt, ordinal"
)
# A state's id begins as its run's does, but for the version in the seventh byte: nearly always one run is in between.
_TASK_RUNS_BETWEEN: Final = TASK_RUN_SELECT.where(
    task_runs.c.id.between(sa.bindparam("first"), sa.bindparam("last"))
).order_by(task_runs.c.id)
# An id that a reporter gave says only when: there is no index for that, and hardly anybody who asks.
_TASK_RUNS_WHILE: Final = TASK_RUN_SELECT.where(
    task_runs.c.created_at <= sa.bindparam("before"), task_runs.c.state_at >= sa.bindparam("after")
).order_by(task_runs.c.id)
_MADE_BY_TIME: Final = 7
_MARGIN_US: Final = 1_000_000
_OF_FLOW_RUN_BY_ID: Final = sa.select(
    *[flow_run_states.c[name] for name in "flow_run_id attempt ordinal type name at message details data".split()]
).where(
    flow_run_states.c.id == sa.bindparam("id"),
    flow_run_states.c.flow_run_id.between(sa.bindparam("first"), sa.bindparam("last")),
)


def of_flow_run(tx: Tx, run_id: bytes) -> list[StateRecord]:
    """The states that a flow run has been in; none where there is no such run."""
    return [hot.state_from_row(row) for row in tx.rows_among(_OF_FLOW_RUN, (run_id,))]


def of_flow_run_by_id(tx: Tx, state_id: bytes) -> tuple[bytes, StateRecord] | None:
    """A state of a flow run by its own id, with the run's."""
    rows = tx.select(_OF_FLOW_RUN_BY_ID, {"id": state_id, **_ids_alike(state_id)})
    return (rows[0][0], hot.state_from_row(rows[0][1:])) if rows else None


def of_task_run_by_id(tx: Tx, state_id: bytes) -> tuple[TaskRunFacts, StateRecord] | None:
    """A state of a task run by its own id, with the run."""
    statement, values = _TASK_RUNS_BETWEEN, _ids_alike(state_id)
    if state_id[6] >> 4 == _MADE_BY_TIME:
        at = int.from_bytes(state_id[:6], "big") * 1_000
        statement = _TASK_RUNS_WHILE
        values = dict[str, object](before=at + _MARGIN_US, after=at - _MARGIN_US)
    for row in tx.select(statement, values):
        run = hot.task_run_from_row(row)
        for state in run.history:
            if id_of_state(run.id, state) == state_id:
                return run, state
    return None


def _ids_alike(state_id: bytes) -> dict[str, object]:
    """The bounds of the ids that the state's run can have."""
    common, rest = state_id[:6], len(state_id) - 6
    return {"first": common + b"\x00" * rest, "last": common + b"\xff" * rest}


def of_task_run(tx: Tx, run_id: bytes) -> list[StateRecord]:
    """The states that a task run has been in; none where there is no such run."""
    run = hot.task_run_facts(tx, (run_id,)).get(run_id)
    return [] if run is None else sorted(run.history, key=lambda state: (state.attempt, state.ordinal))
