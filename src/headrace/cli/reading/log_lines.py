"""The lines of a run's log, each with the run that wrote it: page by page, or as they come."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from headrace._wire.filters import LogFilter, LogFilterTimestamp
from headrace._wire.logs import Log
from headrace._wire.queries import LogSort
from headrace.cli.reading.names import task_run_names
from headrace.cli.reading.paging import pages
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["SourcedLine", "follow_lines", "read_lines"]

# Lines of other processes of a run are stored a little later than they were written.
_LATE = timedelta(seconds=2)


class SourcedLine(msgspec.Struct, frozen=True):
    """A line, and the name of the task run that wrote it; None for the flow run itself."""

    log: Log
    task_run_name: str | None


def read_lines(
    client: SyncHeadraceClient, wanted: LogFilter, *, count: int | None, from_end: bool, newest_first: bool
) -> Iterator[SourcedLine]:
    """`count` lines (None: all) from the log's begin, or from its end; in order of time unless `newest_first`."""
    sort = LogSort.TIMESTAMP_DESC if from_end else LogSort.TIMESTAMP_ASC
    found = pages(lambda limit, offset: client.read_logs(wanted, limit=limit, offset=offset, sort=sort), count)
    lines = _with_sources(client, found, {})
    if from_end and not newest_first:
        return iter(list(lines)[::-1])
    return lines


def follow_lines(
    client: SyncHeadraceClient,
    wanted: LogFilter,
    *,
    has_ended: Callable[[], bool],
    pause: Callable[[], None],
    count: int | None,
) -> Iterator[SourcedLine]:
    """The last `count` lines (None: all), then those that come, until the run has ended and all of it is told."""
    names: dict[UUID, str] = {}
    told: dict[UUID, datetime] = {}
    for line in read_lines(client, wanted, count=count, from_end=count is not None, newest_first=False):
        told[line.log.id] = line.log.timestamp
        yield line
    oldest = min(told.values(), default=None)  # what is older was left out by `count`
    while True:
        is_last = has_ended()  # asked before the lines: a run is stored as ended after all that it wrote
        if oldest is not None:
            since = max(oldest, max(told.values()) - _LATE)
            told = {log_id: at for log_id, at in told.items() if at >= since}
            wanted = wanted.model_copy(update={"timestamp": LogFilterTimestamp(after_=since)})
        found = pages(lambda limit, offset, now=wanted: client.read_logs(now, limit=limit, offset=offset))
        for line in _with_sources(client, ([log for log in page if log.id not in told] for page in found), names):
            told[line.log.id] = line.log.timestamp
            yield line
        oldest = oldest or min(told.values(), default=None)
        if is_last:
            return
        pause()


def _with_sources(
    client: SyncHeadraceClient, found: Iterator[list[Log]], names: dict[UUID, str]
) -> Iterator[SourcedLine]:
    for page in found:
        unknown = {log.task_run_id for log in page if log.task_run_id is not None} - names.keys()
        if unknown:
            names |= task_run_names(client, unknown)
        for log in page:
            name = None if log.task_run_id is None else names.get(log.task_run_id, str(log.task_run_id))
            yield SourcedLine(log, name)
