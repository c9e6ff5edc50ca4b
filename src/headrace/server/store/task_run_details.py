"""What is known only of task runs that were made over the API, beside the rows that journals report, too."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from headrace.server.store.core_rows import write_many
from headrace.server.store.hot import json_bytes
from headrace.server.store.tables import task_run_details
from headrace.server.store.transactions import Tx

__all__ = ["TaskRunDetails", "create", "delete", "put", "read_many"]


class TaskRunDetails(msgspec.Struct, frozen=True):
    """Details of a task run. What is bytes is JSON as the wire has it; `inputs` are those that are no task runs."""

    task_run_id: bytes
    policy: bytes = b"{}"
    labels: bytes = b"{}"
    inputs: bytes = b"{}"
    cache_key: str | None = None
    cache_expiration_at: int | None = None


_COLUMNS: Final = TaskRunDetails.__struct_fields__
_REPLACED: Final = f"(task_run_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
_FOUND: Final = (
    "SELECT task_run_id, policy, labels, inputs, cache_key, cache_expiration_at FROM task_run_details "
    "WHERE task_run_id {among}"
)


def create(tx: Tx, details: TaskRunDetails) -> None:
    """Adds the details of a new task run."""
    tx.select(sa.insert(task_run_details).values(_values(details)))


def put(tx: Tx, details: Sequence[TaskRunDetails]) -> None:
    """Stores details of task runs, in place of those that are known."""
    rows = [tuple(_values(one).values()) for one in details]
    write_many(tx, "task_run_details", _COLUMNS, rows, on_conflict=_REPLACED)


def _values(details: TaskRunDetails) -> dict[str, object]:
    return {
        "task_run_id": details.task_run_id,
        "policy": details.policy.decode(),
        "labels": details.labels.decode(),
        "inputs": details.inputs.decode(),
        "cache_key": details.cache_key,
        "cache_expiration_at": details.cache_expiration_at,
    }


def read_many(tx: Tx, run_ids: Iterable[bytes]) -> dict[bytes, TaskRunDetails]:
    """The details of those among these task runs that have any."""
    return {
        row[0]: TaskRunDetails(row[0], json_bytes(row[1]), json_bytes(row[2]), json_bytes(row[3]), row[4], row[5])
        for row in tx.rows_among(_FOUND, run_ids)
    }


def delete(tx: Tx, run_id: bytes) -> None:
    """Deletes the details of a task run."""
    tx.select(sa.delete(task_run_details).where(task_run_details.c.task_run_id == run_id))
