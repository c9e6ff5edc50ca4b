"""Leases of journals: while one is renewed, or something is reported, its process is alive."""

from typing import Final

import msgspec

from headrace.server.store.transactions import Tx

__all__ = ["Lease", "end", "read_all", "renew"]

_RENEW: Final = (
    "INSERT INTO journal_leases (journal, term, renewed_at) SELECT key, {term}, {now} FROM journals "
    "WHERE id {among} AND closed_at IS NULL "
    "ON CONFLICT (journal) DO UPDATE SET term = excluded.term, renewed_at = excluded.renewed_at RETURNING journal"
)
_ALL: Final = (
    "SELECT l.journal, j.id, j.host, j.pid, l.term, l.renewed_at, j.states_cursor, j.logs_cursor "
    "FROM journal_leases l JOIN journals j ON j.key = l.journal ORDER BY l.journal"
)
_END: Final = (
    "DELETE FROM journal_leases WHERE journal = {key} AND renewed_at = {renewed_at} AND EXISTS (SELECT 1 FROM journals "
    "WHERE key = {key} AND states_cursor = {states_cursor} AND logs_cursor = {logs_cursor}) RETURNING journal"
)


class Lease(msgspec.Struct, frozen=True):
    """A lease, whose it is, and by what that is known to live: it is another as soon as something is heard of it."""

    key: int
    journal_id: bytes
    host: str
    pid: int
    term: int  # in microseconds, as instants are
    renewed_at: int
    states_cursor: int
    logs_cursor: int

    @property
    def term_seconds(self) -> float:
        """For how long nothing may be heard."""
        return self.term / 1_000_000


def renew(tx: Tx, journal_id: bytes, term: int, now: int) -> bool:
    """Gives the journal a lease, or renews it; False where the store does not know it, or it is closed."""
    statement = _RENEW.replace("{term}", str(int(term))).replace("{now}", str(int(now)))
    return bool(tx.rows_among(statement, (journal_id,)))


def read_all(tx: Tx) -> list[Lease]:
    """All leases."""
    return [Lease(*row) for row in tx.execute(_ALL)]


def end(tx: Tx, lease: Lease) -> bool:
    """Takes the lease away; False where something was heard since it was read, or it is gone."""
    fence = {"renewed_at": lease.renewed_at, "states_cursor": lease.states_cursor, "logs_cursor": lease.logs_cursor}
    return bool(tx.execute(_END.format(key=lease.key, **fence)))
