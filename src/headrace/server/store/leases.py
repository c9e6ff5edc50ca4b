"""Leases of journals: while one is renewed, or something is reported, its process is alive."""

from typing import Final

import msgspec

from headrace.server.store import hot
from headrace.server.store.transactions import Tx

__all__ = ["Lease", "end", "helpers", "read_all", "renew"]

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
# Journals that are open are few, and come first: the words CROSS JOIN keep that order where it may be another.
_HELPERS: Final = (
    "SELECT DISTINCT j.id FROM journals j CROSS JOIN task_runs r CROSS JOIN flow_runs f "
    "WHERE j.key <> {key} AND j.closed_at IS NULL AND j.key NOT IN (SELECT journal FROM journal_leases) "
    f"AND r.journal = j.key AND r.journal IS NOT NULL AND r.{hot.UNFINISHED} "
    f"AND f.id = r.flow_run_id AND f.journal = {{key}} AND f.{hot.UNFINISHED}"
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


def helpers(tx: Tx, lease: Lease) -> list[bytes]:
    """The journals without a lease whose processes are at tasks of flow runs that the lease's process is at."""
    return [row[0] for row in tx.execute(_HELPERS.format(key=lease.key))]


def end(tx: Tx, lease: Lease) -> bool:
    """Takes the lease away; False where something was heard since it was read, or it is gone."""
    fence = {"renewed_at": lease.renewed_at, "states_cursor": lease.states_cursor, "logs_cursor": lease.logs_cursor}
    return bool(tx.execute(_END.format(key=lease.key, **fence)))
