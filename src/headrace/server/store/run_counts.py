"""How many runs are in which state. No index serves it: every run is read."""

import msgspec
import sqlalchemy as sa

from headrace.server.store.tables import flow_runs, task_runs
from headrace.server.store.transactions import Tx

__all__ = ["StateCount", "of_flow_runs", "of_task_runs"]


class StateCount(msgspec.Struct, frozen=True):
    """The runs in one state; those that have none yet have neither type nor name."""

    state_type: str | None
    state_name: str | None
    runs: int


def of_flow_runs(tx: Tx) -> list[StateCount]:
    """The flow runs, those of the most frequent state first."""
    return _counted(tx, flow_runs)


def of_task_runs(tx: Tx) -> list[StateCount]:
    """The same of task runs."""
    return _counted(tx, task_runs)


def _counted(tx: Tx, table: sa.Table) -> list[StateCount]:
    runs = sa.func.count().label("runs")
    state = (table.c.state_type, table.c.state_name)
    found = tx.select(sa.select(*state, runs).group_by(*state).order_by(runs.desc(), *state))
    return [StateCount(*row) for row in found]
