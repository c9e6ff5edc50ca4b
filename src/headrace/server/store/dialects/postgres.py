"""PostgreSQL: the store that several machines and servers share, through psycopg 3."""

import os
import weakref
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import conninfo, errors
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format, TransactionStatus

from headrace._kernel import clock, crash_points, late
from headrace._kernel.ids import id_text, new_id
from headrace.server.store import migrations
from headrace.server.store.changes import Changes
from headrace.server.store.dialects import postgres_step
from headrace.server.store.dialects.postgres_errors import translated
from headrace.server.store.dialects.postgres_step import Connection
from headrace.server.store.dialects.postgres_watch import LISTENED_TO, PostgresWatch, channel_of
from headrace.server.store.errors import StoreCorrupt, StoreUnavailable
from headrace.server.store.migrations import Migration, Schema, StoreMeta
from headrace.server.store.transactions import Dialect

if TYPE_CHECKING:
    from sqlalchemy import Executable

__all__ = ["PostgresStore", "PostgresTx", "open_postgres", "sessions", "stored_meta", "write_meta"]

# Any constant will do that other programs on this database are unlikely to take: "headrace" in ASCII.
_MIGRATION_LOCK: Final = int.from_bytes(b"headrace", "big")
_CONNECT_SECONDS: Final = 10


class _IdLoader(Loader):
    """A uuid as its 16 bytes."""

    format = Format.BINARY

    def load(self, data: bytes | bytearray | memoryview) -> bytes:
        return bytes(data)


class _JsonLoader(Loader):
    """A jsonb as the bytes of its JSON; in binary form a version number stands before them."""

    format = Format.BINARY

    def load(self, data: bytes | bytearray | memoryview) -> bytes:
        return bytes(data[1:])


class _BytesDumper(Dumper):
    """Bytes as they are, for the server to take as the uuid or the bytea that stands there."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: bytes) -> bytes:
        return obj


class _BinaryCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Takes its rows in binary form, which our loaders read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format = Format.BINARY


class PostgresTx:
    """An open transaction on a connection of the pool; see `transactions.Tx`."""

    def __init__(self, store: "PostgresStore", connection: Connection, *, is_step: bool) -> None:
        self._store = store
        self._is_step = is_step
        self._has_applied = False
        self._cursors = 0
        self.is_doomed = False  # a step that failed is rolled back, whatever its caller does with the error
        self.listened_to: frozenset[str] = frozenset()
        self.news: set[str] = set()  # the topics that what was applied belongs to
        self.connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._store.dialect

    @property
    def store_id(self) -> str:
        return self._store.store_id

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            cursor = self.connection.execute(sql.encode(), parameters)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as exc:
            raise translated(exc, self._store.where) from exc

    def rows_among(self, sql: str, values: Iterable[bytes] | Iterable[str]) -> list[tuple[Any, ...]]:
        wanted: list[bytes | str] = list(values)
        if not wanted:
            return []
        texts = [value.hex() if isinstance(value, bytes) else value for value in wanted]
        kind = "uuid" if isinstance(wanted[0], bytes) else "text"
        return self.execute(sql.replace("{among}", f"= ANY(%s::{kind}[])"), (texts,))

    def chunks(self, sql: str, *, size: int) -> Iterator[list[tuple[Any, ...]]]:
        # The driver alone would fetch all rows at once.
        self._cursors += 1
        cursor = f"chunks_{self._cursors}"
        self.execute(f"DECLARE {cursor} NO SCROLL CURSOR FOR {sql}")
        while rows := self.execute(f"FETCH {size} FROM {cursor}"):
            yield rows
        self.execute(f"CLOSE {cursor}")

    def literal(self, identifier: bytes) -> str:
        return f"'{identifier.hex()}'::uuid"

    def select(self, statement: "Executable", values: dict[str, object] | None = None) -> Sequence[Sequence[Any]]:
        try:
            return late.load("select_on_postgres")(self.connection, statement, values)
        except psycopg.Error as exc:
            raise translated(exc, self._store.where) from exc

    def apply(self, changes: Changes) -> None:
        try:
            if self._has_applied:
                postgres_step.clear(self.connection)
            self._has_applied = True
            self.news |= _topics_of(changes)
            keeps_changes = "runs" in self.listened_to
            if self._is_step:
                postgres_step.step(self.connection, changes, keeps_changes=keeps_changes)
            else:
                with self.connection.transaction():  # a savepoint: who goes on after an error must find nothing written
                    postgres_step.step(self.connection, changes, keeps_changes=keeps_changes)
        except psycopg.Error as exc:
            self.is_doomed = self._is_step
            raise translated(exc, self._store.where) from exc
        except BaseException:
            self.is_doomed = self._is_step
            raise


def _topics_of(changes: Changes) -> set[str]:
    topics: set[str] = {"logs"} if changes.logs else set()
    return topics | {"runs"} if changes.flow_runs or changes.task_runs else topics


class PostgresStore:
    """An open database; see `transactions.Store`."""

    def __init__(self, pool: "_Pool", dialect: Dialect, meta: StoreMeta, latest: int) -> None:
        self._pool = pool
        self._latest = latest
        self.where = pool.where
        self.dialect = dialect
        self.store_id = meta.store_id

    @contextmanager
    def read(self) -> Generator[PostgresTx, None, None]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", is_reading=True) as tx:
            yield tx

    @contextmanager
    def step(self) -> Generator[PostgresTx, None, None]:
        with self._transaction("BEGIN", is_step=True) as tx:
            self._look_around(tx)
            yield tx

    @contextmanager
    def write(self) -> Generator[PostgresTx, None, None]:
        with self._transaction("BEGIN") as tx:
            self._look_around(tx)
            yield tx

    def watch(self, listener_id: bytes) -> PostgresWatch:
        return PostgresWatch(self._pool.connect(), self.where, self.store_id, listener_id)

    def close(self) -> None:
        self._pool.close()

    def _look_around(self, tx: PostgresTx) -> None:
        """Whether this Headrace may still write, and who listens to what it writes."""
        *meta, listened_to, _ = tx.execute(_READ_META_AND_LISTENERS)[0]
        migrations.refuse_newer_writer(StoreMeta(*meta), self._latest, self.where)
        tx.listened_to = frozenset(listened_to.split(",") if listened_to else ())

    def _tell(self, tx: PostgresTx) -> None:
        """Notifies those who listen, once this transaction is committed: of what was applied, or of anything."""
        topics = ",".join(sorted(tx.news & tx.listened_to if tx.news else tx.listened_to))
        if topics:
            tx.connection.execute(b"SELECT pg_notify(%s, %s)", (channel_of(self.store_id), topics))

    @contextmanager
    def _transaction(
        self, begin: str, *, is_step: bool = False, is_reading: bool = False
    ) -> Generator[PostgresTx, None, None]:
        connection = self._pool.begin(begin)
        tx = PostgresTx(self, connection, is_step=is_step)
        try:
            yield tx
            if tx.is_doomed or is_reading:
                connection.execute("ROLLBACK")
            else:
                self._tell(tx)
                crash_points.reach("store.commit.before")
                connection.execute("COMMIT")
                crash_points.reach("store.commit.after")
        except psycopg.Error as exc:
            raise translated(exc, self.where) from exc
        finally:
            self._pool.take_back(connection)


class _Pool:
    """Idle connections, the one used last on top; as many are open as threads use them at once."""

    def __init__(self, url: str, *, durable: bool) -> None:
        parameters = conninfo.conninfo_to_dict(url)
        self.where = f"{parameters.get('dbname', '')} at {parameters.get('host', 'localhost')}"
        # Without a bound, a host that drops packets is waited for until the system gives up: for minutes.
        self._url = conninfo.make_conninfo(url, connect_timeout=parameters.get("connect_timeout") or _CONNECT_SECONDS)
        self._durable = durable
        self._idle: list[Connection] = []
        self._is_closed = False
        _pools.add(self)

    def connect(self) -> Connection:
        """A new connection, in autocommit mode and speaking of ids and JSON as bytes."""
        try:
            connection: Connection = psycopg.connect(
                self._url, autocommit=True, client_encoding="utf8", cursor_factory=_BinaryCursor
            )
            connection.adapters.register_loader("uuid", _IdLoader)
            connection.adapters.register_loader("jsonb", _JsonLoader)
            connection.adapters.register_dumper(bytes, _BytesDumper)
            if self._durable:
                connection.execute("SET synchronous_commit = on")
        except psycopg.Error as exc:
            raise translated(exc, self.where) from exc
        return connection

    def name_connections(self, store_id: str) -> None:
        """Says with each connection from now on which store it is for."""
        self._url = conninfo.make_conninfo(self._url, fallback_application_name=_application(store_id))

    def begin(self, begin: str) -> Connection:
        """A connection in a transaction that has just begun; idle ones that the server has dropped are let go."""
        if self._is_closed:
            raise StoreUnavailable(f"The database {self.where} was closed by this process.")
        while True:
            try:
                connection, is_new = self._idle.pop(), False
            except IndexError:
                connection, is_new = self.connect(), True
            try:
                if is_new:
                    postgres_step.prepare(connection)
                connection.execute(begin.encode())
                return connection
            except psycopg.Error as exc:
                connection.close()
                if is_new:
                    raise translated(exc, self.where) from exc

    def take_back(self, connection: Connection) -> None:
        """The end of a transaction; one that is still open is rolled back."""
        with suppress(psycopg.Error):
            if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
            # One that may prepare nothing any more has had a pipeline fail.
            if not self._is_closed and not connection.closed and connection.prepare_threshold is not None:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Closes what is idle; what is in use closes when it comes back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def leave_to_parent(self) -> None:
        """In a forked child: the inherited connections are the parent's, and stay as they are."""
        _inherited.extend(self._idle)
        self._idle.clear()


_pools: "weakref.WeakSet[_Pool]" = weakref.WeakSet()
# A connection that is collected while it is open warns.
_inherited: list[Connection] = []


def _after_fork_in_child() -> None:
    for pool in list(_pools):
        pool.leave_to_parent()


os.register_at_fork(after_in_child=_after_fork_in_child)

_SESSIONS: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
_READ_META: Final = "SELECT store_id, schema_version, min_reader, min_writer FROM meta"
# Who is listened to has a number of a transaction before it takes any of a row: see `tails`.
_READ_META_AND_LISTENERS: Final = (
    "SELECT store_id, schema_version, min_reader, min_writer, listened.topics, "
    "CASE WHEN listened.topics IS NOT NULL THEN pg_current_xact_id()::text END "
    f"FROM meta, (SELECT {LISTENED_TO} AS topics) AS listened"
)
_WRITE_META: Final = """
INSERT INTO meta (only_row, store_id, created_at, schema_version, min_reader, min_writer) VALUES (1, %s, %s, %s, %s, %s)
ON CONFLICT (only_row) DO UPDATE SET schema_version = excluded.schema_version, min_reader = excluded.min_reader,
    min_writer = excluded.min_writer
"""


def open_postgres(url: str, *, create: bool, durable: bool, schema: Schema | None = None) -> PostgresStore:
    """Opens the store in the database that `url` names, in the first schema of its search path."""
    schema = schema or Schema.of("postgres")
    pool = _Pool(url, durable=durable)
    connection = pool.connect()
    try:
        meta = _read_meta(connection, pool.where)
        if meta is None and not create:
            raise StoreUnavailable(f"The database {pool.where} holds no Headrace yet. Check HEADRACE_DATABASE_URL.")
        if meta is None or meta.schema_version < schema.latest:
            meta = _migrate(connection, schema, pool.where)
        migrations.refuse_newer_reader(meta, schema.latest, pool.where)
        version = connection.info.server_version
    except psycopg.Error as exc:
        raise translated(exc, pool.where) from exc
    finally:
        connection.close()
    dialect = Dialect("postgres", f"PostgreSQL {version // 10000}.{version % 10000}", rejects_nul=True, is_shared=True)
    pool.name_connections(meta.store_id)
    return PostgresStore(pool, dialect, meta, schema.latest)


def stored_meta(url: str) -> StoreMeta | None:
    """What the database says of its schema, which is left as it is; None where it holds no Headrace."""
    with _alone(url) as (connection, where):
        return _read_meta(connection, where)


def write_meta(url: str, meta: StoreMeta) -> None:
    """Says of the database's schema what it may not be."""
    with _alone(url) as (connection, _):
        _write_meta(connection, meta)


def sessions(url: str, store_id: str) -> int:
    """How many connections a store has, of whatever process."""
    with _alone(url) as (connection, _):
        rows = connection.execute(_SESSIONS, (_application(store_id),)).fetchall()
    return rows[0][0]


@contextmanager
def _alone(url: str) -> Generator[tuple[Connection, str]]:
    """A connection without a store around it, and where it leads."""
    pool = _Pool(url, durable=False)
    connection = pool.connect()
    try:
        yield connection, pool.where
    except psycopg.Error as exc:
        raise translated(exc, pool.where) from exc
    finally:
        connection.close()


def _application(store_id: str) -> str:
    """By which those who look at the database's sessions see which of them use a store."""
    return f"headrace {store_id}"


def _read_meta(connection: Connection, where: str) -> StoreMeta | None:
    try:
        row = connection.execute(_READ_META).fetchone()
    except errors.UndefinedTable:
        return None
    except errors.UndefinedColumn as exc:
        raise StoreCorrupt(
            f"The database {where} belongs to something else: its table `meta` is not that of Headrace. It was left as "
            f"it is. Point HEADRACE_DATABASE_URL at another database or schema."
        ) from exc
    return None if row is None else StoreMeta(*row)


def _migrate(connection: Connection, schema: Schema, where: str) -> StoreMeta:
    connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
    try:
        return migrations.migrate(_MigrationSession(connection, where), schema, id_text(new_id()))
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))


def _write_meta(connection: Connection, meta: StoreMeta) -> None:
    versions = (meta.schema_version, meta.min_reader, meta.min_writer)
    connection.execute(_WRITE_META, (meta.store_id, clock.now(), *versions))


class _MigrationSession:
    """See `migrations.MigrationSession`."""

    def __init__(self, connection: Connection, where: str) -> None:
        self._connection = connection
        self._where = where

    def meta(self) -> StoreMeta | None:
        return _read_meta(self._connection, self._where)

    def run(self, migration: Migration, meta: StoreMeta) -> None:
        with self._connection.transaction():
            # Several statements at once go only in the simple protocol, which has no binary form.
            try:
                psycopg.Cursor(self._connection).execute(migration.sql.encode())
            except psycopg.ProgrammingError as exc:
                reason = exc.diag.message_primary or str(exc)
                raise migrations.not_as_it_says(migration, self._where, reason) from exc
            _write_meta(self._connection, meta)
            crash_points.reach("store.migration.before")
        crash_points.reach("store.migration.after")
