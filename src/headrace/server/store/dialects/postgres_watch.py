"""Watching a PostgreSQL database: LISTEN on a connection of its own, and leases by which writers know of it."""

from collections.abc import Collection
from typing import Final

import psycopg

from headrace.server.store.dialects.postgres_errors import translated
from headrace.server.store.dialects.postgres_step import Connection
from headrace.server.store.watching import ALL_TOPICS, KEPT_SECONDS, LEASE_SECONDS, Topic

__all__ = ["LISTENED_TO", "PostgresWatch", "channel_of"]

_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

LISTENED_TO: Final = f"(SELECT string_agg(DISTINCT topic, ',') FROM listeners WHERE until > {_NOW})"
"""The topics that somebody listens to; null where there are none."""

# Waits until every transaction is over that has looked for listeners, and lets others look only behind this one: so
# none goes on in the belief that nobody listens.
_BARRIER: Final = b"LOCK TABLE listeners IN ACCESS EXCLUSIVE MODE"
_PATIENCE: Final = b"SET LOCAL lock_timeout = '2s'"
_HELD: Final = f"SELECT topic FROM listeners WHERE id = %s AND until > {_NOW}".encode()
_LEASE: Final = (
    f"INSERT INTO listeners (id, topic, until) VALUES (%s, %s, {_NOW} + {LEASE_SECONDS} * 1000000) "
    "ON CONFLICT (id, topic) DO UPDATE SET until = excluded.until"
).encode()
_FORGETTING: Final = f"DELETE FROM listeners WHERE until < {_NOW}".encode()
_TIDYING: Final = f"DELETE FROM run_changes WHERE at < {_NOW} - {KEPT_SECONDS} * 1000000".encode()
_LEAVING: Final = b"DELETE FROM listeners WHERE id = %s"


def channel_of(store_id: str) -> str:
    """The channel of a store's notifications: several stores may share a database."""
    return f"headrace-{store_id}"


class PostgresWatch:
    """See `watching.Watch`."""

    def __init__(self, connection: Connection, where: str, store_id: str, listener_id: bytes) -> None:
        self._connection = connection
        self._where = where
        self._id = listener_id
        self._told: set[Topic] = set()
        connection.add_notify_handler(lambda notification: self._hear(notification.payload))
        try:
            connection.execute(f'LISTEN "{channel_of(store_id)}"'.encode())
        except psycopg.Error as exc:
            connection.close()
            raise translated(exc, where) from exc
        self.descriptor = connection.fileno()

    def listen(self, topics: Collection[Topic]) -> frozenset[Topic]:
        """Takes leases on these topics, or renews them; those that were held all the time."""
        connection = self._connection
        try:
            held = self._held()
            with connection.transaction():
                connection.execute(_PATIENCE)
                if not held.issuperset(topics):
                    connection.execute(_BARRIER)
                for topic in sorted(topics):
                    connection.execute(_LEASE, (self._id, topic))
            for statement in (_FORGETTING, _TIDYING):
                connection.execute(statement)
        except psycopg.Error as exc:
            raise translated(exc, self._where) from exc
        return held

    def news(self) -> frozenset[Topic]:
        """The topics that notifications named since the last call."""
        pgconn = self._connection.pgconn
        try:
            pgconn.consume_input()
            while (notification := pgconn.notifies()) is not None:
                self._hear(notification.extra.decode())
        except psycopg.Error as exc:
            raise translated(exc, self._where) from exc
        told, self._told = self._told, set()
        return frozenset(told)

    def close(self) -> None:
        """Gives the leases back."""
        try:
            self._connection.execute(_LEAVING, (self._id,))
        except psycopg.Error:
            pass  # they run out
        finally:
            self._connection.close()

    def _held(self) -> frozenset[Topic]:
        return frozenset(row[0] for row in self._connection.execute(_HELD, (self._id,)))

    def _hear(self, payload: str) -> None:
        self._told.update(ALL_TOPICS.intersection(payload.split(",")) or ALL_TOPICS)
