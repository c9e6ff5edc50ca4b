"""Writes lines into the logs of runs, over the API."""

from collections.abc import Sequence

from headrace.server.store import deletions, hot
from headrace.server.store.changes import Changes, LogRow
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided

__all__ = ["write_logs"]


def write_logs(store: Store, lines: Sequence[LogRow]) -> None:
    """Writes lines, in one step; those of flow runs that were deleted are left out."""
    if lines:
        decided(lambda is_again: _write(store, lines))


def _write(store: Store, lines: Sequence[LogRow]) -> None:
    about = {line.flow_run_id for line in lines if line.flow_run_id is not None}
    with store.read() as tx:
        deleted = deletions.deleted_among(tx, about)
    rows = tuple(line for line in lines if line.flow_run_id not in deleted)
    with store.step() as tx:
        hot.apply(tx, Changes(logs=rows))
