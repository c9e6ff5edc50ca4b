"""Deletes a flow run with all that belongs to it."""

from headrace.server.store import deletions
from headrace.server.store.transactions import Store
from headrace.server.usecases.unknown import unknown

__all__ = ["delete_flow_run"]


def delete_flow_run(store: Store, run_id: bytes) -> None:
    """Deletes a flow run, its task runs and its lines; ObjectNotFound where there is none.

    A process that is at the run goes on; what it still reports becomes dead letters.
    """
    with store.write() as tx:
        if not deletions.delete_flow_runs(tx, (run_id,)):
            raise unknown("flow run", run_id)
