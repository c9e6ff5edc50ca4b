"""Handlers of the routes about logs."""

import csv
import io
from uuid import UUID

from headrace._kernel import ids
from headrace._wire.logs import Log, LogCreate, LogsCreate
from headrace._wire.queries import LogQuery
from headrace._wire.schema import instant, microseconds
from headrace.server.api import rendering
from headrace.server.api.queries import filters_of, page_limit
from headrace.server.store import flow_runs, logs
from headrace.server.store.changes import LogRow
from headrace.server.store.transactions import Store
from headrace.server.usecases.nul import without_nul
from headrace.server.usecases.unknown import unknown
from headrace.server.usecases.write_logs import write_logs

__all__ = ["create_logs", "download_logs", "read_logs"]


def read_logs(store: Store, query: LogQuery) -> list[Log]:
    """Lines that fit the filter."""
    limit = page_limit(query.limit)
    asked = filters_of(query).get("logs")
    with store.read() as tx:
        found = logs.read_many(tx, asked, sort=query.sort.value, limit=limit, offset=query.offset)
    return [rendering.log(line) for line in found]


def create_logs(store: Store, lines: LogsCreate) -> None:
    """Writes lines into the logs of runs."""
    write_logs(store, [_row(line) for line in lines])


def download_logs(store: Store, run_id: UUID) -> str:
    """The whole log of a flow run as comma-separated values."""
    with store.read() as tx:
        if flow_runs.read(tx, run_id.bytes) is None:
            raise unknown("flow run", run_id.bytes)
        found = logs.read_many(tx, {"flow_run_id": {"any_": [run_id]}})
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("timestamp", "level", "flow_run_id", "task_run_id", "message"))
    for line in found:
        task_run_id = None if line.task_run_id is None else ids.id_text(line.task_run_id)
        rows.writerow((instant(line.at), line.level, run_id, task_run_id, line.message))
    return text.getvalue()


def _row(line: LogCreate) -> LogRow:
    return LogRow(
        flow_run_id=line.flow_run_id.bytes if line.flow_run_id else None,
        task_run_id=line.task_run_id.bytes if line.task_run_id else None,
        at=microseconds(line.timestamp),
        level=line.level,
        logger=without_nul(line.name),
        message=without_nul(line.message),
    )
