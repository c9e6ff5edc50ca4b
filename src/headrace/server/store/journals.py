"""Journals and dead letters: ordinary reads for the command line and recovery."""

from typing import Final

import msgspec

from headrace.server.store.transactions import Tx

__all__ = ["DeadLetter", "StoredJournal", "dead_letters", "read_all"]

_ALL: Final = (
    "SELECT j.id, j.host, j.boot_id, j.pid, j.started_at, j.states_cursor, j.logs_cursor, j.closed_at, "
    "(SELECT count(*) FROM dead_letters d WHERE d.journal = j.key) FROM journals j ORDER BY j.key"
)
_DEAD_LETTERS: Final = (
    "SELECT j.id, d.series, d.position, d.reason, d.payload, d.at FROM dead_letters d "
    "JOIN journals j ON j.key = d.journal ORDER BY d.journal, d.series, d.position"
)


class StoredJournal(msgspec.Struct, frozen=True):
    """A journal that the store has heard of: whose it is, and how far it is stored."""

    id: bytes
    host: str
    boot_id: str
    pid: int
    started_at: int
    states_cursor: int
    logs_cursor: int
    closed_at: int | None
    dead_letters: int


class DeadLetter(msgspec.Struct, frozen=True):
    """A record that the store could never take."""

    journal_id: bytes
    series: str
    position: int
    reason: str
    payload: bytes
    at: int


def read_all(tx: Tx) -> list[StoredJournal]:
    """All journals, the one heard of first at the head."""
    return [StoredJournal(*row) for row in tx.execute(_ALL)]


def dead_letters(tx: Tx) -> list[DeadLetter]:
    """All dead letters, in the order of their journals."""
    return [DeadLetter(*row) for row in tx.execute(_DEAD_LETTERS)]
