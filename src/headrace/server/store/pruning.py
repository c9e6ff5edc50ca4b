"""Pruning of log lines and events: what was kept long enough goes, from the oldest on, a slice at a time.

A slice is one statement, so that scripts can prune as well (see `Store.step`). Lines are stored about in the order of
their writing, so nothing is searched: where a slice holds none that is old, all behind it are younger.
"""

from typing import Final

import msgspec

from headrace.server.store.migrations import Schema
from headrace.server.store.transactions import Tx

__all__ = ["LineSlice", "delete_events", "delete_lines", "next_slice"]

_SLICE_LINES: Final = 2_000
_ENDED: Final = "('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')"
_NEXT: Final = (
    "SELECT max(seq), min(at) FROM (SELECT seq, at FROM logs WHERE seq > {after} ORDER BY seq LIMIT {lines}) AS slice"
)
# Lines of what still runs stay, however old, and a store that a later Headrace writes is left to that one.
_DELETE: Final = (
    "DELETE FROM logs WHERE seq > {after} AND seq <= {last} AND at < {before} "
    "AND NOT EXISTS (SELECT 1 FROM flow_runs r WHERE r.id = logs.flow_run_id "
    f"AND (r.state_type IS NULL OR r.state_type NOT IN {_ENDED})) "
    "AND NOT EXISTS (SELECT 1 FROM task_runs t WHERE t.id = logs.task_run_id AND logs.flow_run_id IS NULL "
    f"AND t.state_type NOT IN {_ENDED}) "
    "AND (SELECT min_writer FROM meta) <= {known} RETURNING seq"
)

_DELETE_EVENTS: Final = (
    "DELETE FROM events WHERE received_at < {before} "
    f"AND seq IN (SELECT seq FROM events ORDER BY seq LIMIT {_SLICE_LINES}) "
    "AND (SELECT min_writer FROM meta) <= {known} RETURNING seq"
)


class LineSlice(msgspec.Struct, frozen=True):
    """Some lines, one stored behind the other: behind `after`, up to `last`."""

    after: int
    last: int
    oldest_at: int


def next_slice(tx: Tx, after: int) -> LineSlice | None:
    """The next lines; None where there are none."""
    ((last, oldest_at),) = tx.execute(_NEXT.format(after=after, lines=_SLICE_LINES))
    return None if last is None else LineSlice(after, last, oldest_at)


def delete_lines(tx: Tx, among: LineSlice, before: int) -> int:
    """Deletes those of the lines that were written before this instant, of runs that have ended; how many it were."""
    known = Schema.of(tx.dialect.name).latest
    return len(tx.execute(_DELETE.format(after=among.after, last=among.last, before=int(before), known=known)))


def delete_events(tx: Tx, before: int) -> int:
    """Deletes those among the events stored first that came before this instant; how many: 0 where none is left."""
    known = Schema.of(tx.dialect.name).latest
    return len(tx.execute(_DELETE_EVENTS.format(before=int(before), known=known)))
