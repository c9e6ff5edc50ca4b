"""Changes what a flow run is, while it goes on: whoever is at the run does not undo it."""

import msgspec

from headrace.server.store import flow_runs
from headrace.server.store.flow_runs import FlowRunChanges
from headrace.server.store.transactions import Store
from headrace.server.usecases.unknown import unknown

__all__ = ["add_labels", "change_flow_run"]


def change_flow_run(store: Store, run_id: bytes, changes: FlowRunChanges, *, now: int) -> None:
    """Changes a flow run; ObjectNotFound where there is none."""
    with store.write() as tx:
        if not flow_runs.update(tx, run_id, changes, now):
            raise unknown("flow run", run_id)


def add_labels(store: Store, run_id: bytes, labels: dict[str, bool | int | float | str], *, now: int) -> None:
    """Adds labels to those of a run, in place of its own of the same names; ObjectNotFound where there is none."""
    with store.write() as tx:
        before = flow_runs.locked_labels(tx, run_id)
        if before is None:
            raise unknown("flow run", run_id)
        flow_runs.update(tx, run_id, FlowRunChanges(labels=msgspec.json.encode({**before, **labels})), now)
