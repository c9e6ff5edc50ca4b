"""Changes a flow, or deletes it with all of its runs."""

from headrace.server.store import deletions, flow_runs, flows
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.unknown import unknown

__all__ = ["delete_flow", "set_tags"]


def set_tags(store: Store, flow_id: bytes, tags: list[str], *, now: int) -> None:
    """Gives a flow other tags; ObjectNotFound where there is none."""
    with store.write() as tx:
        if not flows.set_tags(tx, flow_id, tags, now):
            raise unknown("flow", flow_id)


def delete_flow(store: Store, flow_id: bytes) -> None:
    """Deletes a flow with its runs and all that belongs to them; ObjectNotFound where there is none."""
    decided(lambda is_again: _delete(store, flow_id))  # again, where a process at one of the runs was in the way


def _delete(store: Store, flow_id: bytes) -> None:
    with store.write() as tx:
        run_ids = flow_runs.ids_of_flow(tx, flow_id)
        if run_ids is None:
            raise unknown("flow", flow_id)
        deletions.delete_flow_runs(tx, run_ids)
        flows.delete(tx, flow_id)
