"""The lines of a flow run's log, each with the run that wrote it, page by page."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from headrace._wire.filters import LogFilter, LogFilterFlowRunId, TaskRunFilter, TaskRunFilterId
from headrace._wire.flow_runs import FlowRun
from headrace._wire.logs import Log
from headrace._wire.queries import LogSort
from headrace.cli.reading.paging import pages
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["SourcedLine", "read_lines"]


class SourcedLine(msgspec.Struct, frozen=True):
    """A line, and the name of the task run that wrote it; None for the flow run itself."""

    log: Log
    task_run_name: str | None


def read_lines(
    client: SyncHeadraceClient, run: FlowRun, *, count: int | None, from_end: bool, newest_first: bool
) -> Iterator[SourcedLine]:
    """`count` lines (None: all) from the log's begin, or from its end; in order of time unless `newest_first`."""
    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
    sort = LogSort.TIMESTAMP_DESC if from_end else LogSort.TIMESTAMP_ASC
    found = pages(lambda limit, offset: client.read_logs(of_run, limit=limit, offset=offset, sort=sort), count)
    lines = _with_sources(client, found)
    if from_end and not newest_first:
        return iter(list(lines)[::-1])
    return lines


def _with_sources(client: SyncHeadraceClient, found: Iterator[list[Log]]) -> Iterator[SourcedLine]:
    names: dict[UUID, str] = {}
    for page in found:
        unknown = {log.task_run_id for log in page if log.task_run_id is not None} - names.keys()
        if unknown:
            named = TaskRunFilter(id=TaskRunFilterId(any_=list(unknown)))
            names |= {each.id: each.name for each in client.read_task_runs(task_run_filter=named)}
        for log in page:
            name = None if log.task_run_id is None else names.get(log.task_run_id, str(log.task_run_id))
            yield SourcedLine(log, name)
