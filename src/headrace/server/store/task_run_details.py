"""What is known only of task runs that were made over the API, beside the rows that journals report, too."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import msgspec
import sqlalchemy as sa

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


_BATCH: Final = 64
_FOUND: Final = (
    "SELECT task_run_id, policy, labels, inputs, cache_key, cache_expiration_at FROM task_run_details "
    "WHERE task_run_id {among}"
)


def create(tx: Tx, details: TaskRunDetails) -> None:
    """Adds the details of a new task run."""
    tx.select(sa.insert(task_run_details).values(_values(details)))


def put(tx: Tx, details: Sequence[TaskRunDetails]) -> None:
    """Stores details of task runs, in place of those that are known."""
    for start in range(0, len(details), _BATCH):
        some = details[start : start + _BATCH]
        values = {f"{name}_{number}": value for number, one in enumerate(some) for name, value in _values(one).items()}
        tx.select(_upsert(len(some)), values)


@cache
def _upsert(size: int) -> sa.TextClause:
    columns = TaskRunDetails.__struct_fields__
    rows = [f"({', '.join(f':{name}_{number}' for name in columns)})" for number in range(size)]
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return sa.text(
        f"INSERT INTO task_run_details ({', '.join(columns)}) VALUES {', '.join(rows)} "
        f"ON CONFLICT (task_run_id) DO UPDATE SET {changed}"
    )


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
