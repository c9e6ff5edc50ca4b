"""Watching a file of SQLite: its version for other connections (PRAGMA data_version, 4 us) tells of every commit."""

import sqlite3
from collections.abc import Collection
from typing import Final

from headrace.server.store.dialects.sqlite_connections import Connection, connect, execute
from headrace.server.store.dialects.sqlite_errors import translated
from headrace.server.store.watching import ALL_TOPICS, KEPT_SECONDS, LEASE_SECONDS, Topic

__all__ = ["SqliteWatch"]

_NOW: Final = "CAST(strftime('%s', 'now') AS INTEGER) * 1000000"

_HELD: Final = f"SELECT topic FROM listeners WHERE id = ? AND until > {_NOW}"
_LEASE: Final = f"""
INSERT INTO listeners (id, topic, until) VALUES (?, ?, {_NOW} + {LEASE_SECONDS} * 1000000)
ON CONFLICT (id, topic) DO UPDATE SET until = excluded.until
"""
_FORGETTING: Final = f"DELETE FROM listeners WHERE until < {_NOW}"
_TIDYING: Final = (
    f"DELETE FROM run_changes WHERE at < {_NOW} - {KEPT_SECONDS} * 1000000 AND seq < (SELECT max(seq) FROM run_changes)"
)
_LEAVING: Final = "DELETE FROM listeners WHERE id = ?"


class SqliteWatch:
    """See `watching.Watch`. Its connection is the caller's alone, and must not be open across a fork."""

    descriptor = None

    def __init__(self, path: str, listener_id: bytes) -> None:
        self._path = path
        self._id = listener_id
        try:
            self._connection: Connection = connect(path)
            self._version = self._data_version()
        except sqlite3.Error as exc:
            raise translated(exc, path) from exc

    def listen(self, topics: Collection[Topic]) -> frozenset[Topic]:
        """Takes leases on these topics, or renews them; those that were held all the time."""
        try:
            held: frozenset[Topic] = frozenset(row[0] for row in execute(self._connection, _HELD, (self._id,)))
            for topic in sorted(topics):
                execute(self._connection, _LEASE, (self._id, topic))
            for statement in (_FORGETTING, _TIDYING):
                execute(self._connection, statement)
        except sqlite3.Error as exc:
            raise translated(exc, self._path) from exc
        return held

    def news(self) -> frozenset[Topic]:
        """All topics, where another connection has committed something since the last call."""
        try:
            version = self._data_version()
        except sqlite3.Error as exc:
            raise translated(exc, self._path) from exc
        has_news, self._version = version != self._version, version
        return ALL_TOPICS if has_news else frozenset()

    def close(self) -> None:
        """Gives the leases back."""
        try:
            execute(self._connection, _LEAVING, (self._id,))
        except sqlite3.Error:
            pass  # they run out
        finally:
            self._connection.close()

    def _data_version(self) -> int:
        return execute(self._connection, "PRAGMA data_version").fetchone()[0]
