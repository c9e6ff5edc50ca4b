"""What a journal's process or its recoverer asks about it: how far it is stored, and whether it is closed."""

from headrace.server.store import hot
from headrace.server.store.transactions import Store

__all__ = ["cursors", "is_buried"]


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
