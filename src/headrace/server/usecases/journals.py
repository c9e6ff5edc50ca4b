"""Journals: how far one is stored, whether it is closed, what its process is told, the forgetting of old ones."""

from headrace._stream import Directives
from headrace.server.store import deletions, hot
from headrace.server.store.transactions import Store

__all__ = ["cursors", "directives", "is_buried", "prune"]


def cursors(store: Store, journal_id: bytes) -> tuple[int, int] | None:
    """The positions behind the last stored (state, line) of a journal; None where the store never heard of it."""
    with store.read() as tx:
        known = hot.cursors(tx, journal_id)
    return (known.states_cursor, known.logs_cursor) if known else None


def is_buried(store: Store, journal_id: bytes) -> bool:
    """Whether the journal is closed: all of it is stored that ever will be."""
    with store.read() as tx:
        known = hot.cursors(tx, journal_id)
    return known is not None and known.closed_at is not None


def directives(store: Store, journal_id: bytes) -> Directives:
    """What is wanted of the runs that the process of this journal holds."""
    with store.read() as tx:
        return Directives(tuple(hot.cancelling_of_journal(tx, journal_id)))


def prune(store: Store, *, closed_before: int) -> int:
    """Forgets journals that were closed before this instant; how many it were. Those with dead letters are kept.

    A folder that turns up again later would be taken for one that was never stored: leave it time to be removed.
    """
    with store.read() as tx:
        if not deletions.has_closed_journals(tx, closed_before):
            return 0  # and who writes is not kept waiting
    with store.step() as tx:
        return deletions.delete_closed_journals(tx, closed_before)
