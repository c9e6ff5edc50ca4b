"""Prunes what was kept long enough: log lines of runs that have ended, and the memory of closed journals."""

from typing import Final

import msgspec

from headrace._kernel import clock
from headrace.server.store.pruning import delete_events, delete_lines, next_slice
from headrace.server.store.transactions import Store
from headrace.server.usecases import journals

__all__ = ["DAY", "Pruned", "prune"]

DAY: Final = 86_400 * 1_000_000
"""A day in microseconds, as instants are counted."""

# Long enough for any folder of a journal to have been removed, after its journal was closed.
_JOURNAL_DAYS: Final = 30


class Pruned(msgspec.Struct, frozen=True):
    """What went. Where it is not complete, the time was up before all was looked at."""

    lines: int
    journals: int
    is_complete: bool


def prune(store: Store, *, log_days: int, now: int, budget_seconds: float) -> Pruned:
    """Deletes lines and events that are older than so many days (0: none), and forgets journals closed long ago.

    Nothing is held while the next slice is looked for: others write between any two.
    """
    forgotten = journals.prune(store, closed_before=now - _JOURNAL_DAYS * DAY)
    if not log_days:
        return Pruned(0, forgotten, is_complete=True)
    deadline = clock.monotonic() + budget_seconds
    before = now - log_days * DAY
    while clock.monotonic() < deadline and _delete_events(store, before):
        pass  # slice by slice
    deleted, after = 0, 0
    while clock.monotonic() < deadline:
        with store.read() as tx:
            some = next_slice(tx, after)
        if some is None or some.oldest_at >= before:
            return Pruned(deleted, forgotten, is_complete=True)
        with store.step() as tx:
            deleted += delete_lines(tx, some, before)
        after = some.last
    return Pruned(deleted, forgotten, is_complete=False)


def _delete_events(store: Store, before: int) -> int:
    with store.step() as tx:
        return delete_events(tx, before)
