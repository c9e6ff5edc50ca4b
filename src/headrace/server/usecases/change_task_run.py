"""Renames a task run, or deletes it."""

from headrace._kernel.ids import id_text
from headrace.exceptions import ObjectNotFound
from headrace.server.store import task_run_details, task_runs
from headrace.server.store.transactions import Store

__all__ = ["delete_task_run", "rename_task_run"]


def rename_task_run(store: Store, run_id: bytes, name: str, *, now: int) -> None:
    """Gives a task run another name; ObjectNotFound where there is none."""
    with store.write() as tx:
        if not task_runs.rename(tx, run_id, name, now):
            raise _unknown(run_id)


def delete_task_run(store: Store, run_id: bytes) -> None:
    """Deletes a task run with its lines; ObjectNotFound where there is none."""
    with store.write() as tx:
        task_run_details.delete(tx, run_id)
        if not task_runs.delete(tx, run_id):
            raise _unknown(run_id)


def _unknown(run_id: bytes) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no task run {id_text(run_id)}.")
