"""Renames a task run, or deletes it."""

from headrace.server.store import task_run_details, task_runs
from headrace.server.store.transactions import Store
from headrace.server.usecases.unknown import unknown

__all__ = ["delete_task_run", "rename_task_run"]


def rename_task_run(store: Store, run_id: bytes, name: str, *, now: int) -> None:
    """Gives a task run another name; ObjectNotFound where there is none."""
    with store.write() as tx:
        if not task_runs.rename(tx, run_id, name, now):
            raise unknown("task run", run_id)


def delete_task_run(store: Store, run_id: bytes) -> None:
    """Deletes a task run with its lines; ObjectNotFound where there is none."""
    with store.write() as tx:
        task_run_details.delete(tx, run_id)
        if not task_runs.delete(tx, run_id):
            raise unknown("task run", run_id)
