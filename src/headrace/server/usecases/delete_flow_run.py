"""Deletes a flow run with all that belongs to it."""

from headrace._kernel.ids import id_text
from headrace.exceptions import ObjectNotFound
from headrace.server.store import deletions
from headrace.server.store.transactions import Store

__all__ = ["delete_flow_run"]


def delete_flow_run(store: Store, run_id: bytes) -> None:
    """Deletes a flow run, its task runs and its lines; ObjectNotFound where there is none.

    A process that is at the run goes on; what it still reports becomes dead letters.
    """
    with store.write() as tx:
        if not deletions.delete_flow_runs(tx, (run_id,)):
            raise ObjectNotFound(help_message=f"There is no flow run {id_text(run_id)}.")
