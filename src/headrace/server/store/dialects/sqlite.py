"""SQLite: the store in a file, which scripts, servers and commands of one machine read and write side by side."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from headrace._kernel import clock, crash_points, late
from headrace._kernel.ids import id_text, new_id
from headrace.server.store import migrations
from headrace.server.store.changes import Changes
from headrace.server.store.dialects import sqlite_step
from headrace.server.store.dialects.sqlite_connections import Connection, Connections, connect, execute
from headrace.server.store.dialects.sqlite_errors import foreign, translated
from headrace.server.store.errors import StoreUnavailable
from headrace.server.store.migrations import Migration, Schema, StoreMeta
from headrace.server.store.transactions import Dialect

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from headrace.server.store.dialects.sqlite_watch import SqliteWatch

__all__ = ["SqliteStore", "SqliteTx", "open_sqlite", "stored_meta", "write_meta"]

R = TypeVar("R")

_DIALECT: Final = Dialect(name="sqlite", version=f"SQLite {sqlite3.sqlite_version}", rejects_nul=False, is_shared=False)
# The first with RETURNING; 32,766 parameters, upserts and row values are older (https://sqlite.org/changes.html).
_OLDEST: Final = (3, 35, 0)


class SqliteTx:
    """A loan of a connection; see `transactions.Tx`."""

    def __init__(self, store: "SqliteStore", connection: Connection) -> None:
        self._store = store
        self.connection = connection

    @property
    def dialect(self) -> Dialect:
        return _DIALECT

    @property
    def store_id(self) -> str:
        return self._store.store_id

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return execute(self.connection, sql, parameters).fetchall()
        except sqlite3.Error as exc:
            raise translated(exc, self._store.path) from exc

    def rows_among(self, sql: str, values: Iterable[bytes] | Iterable[str]) -> list[tuple[Any, ...]]:
        wanted: list[bytes | str] = list(values)
        rows: list[tuple[Any, ...]] = []
        start, left = 0, len(wanted)
        for size in sqlite_step.SIZES:
            while left >= size:
                marks = sql.replace("{among}", _AMONG[size])
                rows += self.execute(marks, wanted[start : start + size])
                start, left = start + size, left - size
        return rows

    def chunks(self, sql: str, *, size: int) -> Iterator[list[tuple[Any, ...]]]:
        try:
            with closing(execute(self.connection, sql)) as cursor:
                while rows := cursor.fetchmany(size):
                    yield rows
        except sqlite3.Error as exc:
            raise translated(exc, self._store.path) from exc

    def literal(self, identifier: bytes) -> str:
        return f"X'{identifier.hex()}'"

    def select(self, statement: "Executable", values: dict[str, object] | None = None) -> Sequence[Sequence[Any]]:
        try:
            return late.load("select_on_sqlite")(self.connection, statement, values)
        except sqlite3.Error as exc:
            raise translated(exc, self._store.path) from exc

    def apply(self, changes: Changes) -> None:
        try:
            sqlite_step.step(self.connection, changes, self._store.latest)
        except sqlite3.Error as exc:
            raise translated(exc, self._store.path) from exc


_AMONG: Final = {size: f"IN ({', '.join('?' * size)})" for size in sqlite_step.SIZES}


class SqliteStore:
    """An open file; see `transactions.Store`."""

    def __init__(self, connections: Connections, meta: StoreMeta, latest: int) -> None:
        self._connections = connections
        self.latest = latest
        self.path = connections.path
        self.store_id = meta.store_id

    @property
    def dialect(self) -> Dialect:
        return _DIALECT

    @contextmanager
    def read(self) -> Generator[SqliteTx, None, None]:
        with self._lent(for_writing=False) as connection, self._transaction(connection, "BEGIN"):
            yield SqliteTx(self, connection)

    @contextmanager
    def step(self) -> Generator[SqliteTx, None, None]:
        with self._connections.write_lock, self._lent(for_writing=True) as connection:
            self._prepare(connection)
            yield SqliteTx(self, connection)

    @contextmanager
    def write(self) -> Generator[SqliteTx, None, None]:
        with self._connections.write_lock, self._lent(for_writing=True) as connection:
            self._prepare(connection)
            with self._transaction(connection, "BEGIN IMMEDIATE"):
                meta = _read_meta(connection)
                assert meta is not None, "a store that was opened has its meta"
                migrations.refuse_newer_writer(meta, self.latest, self.path)
                yield SqliteTx(self, connection)

    def watch(self, listener_id: bytes) -> "SqliteWatch":
        return late.load("sqlite_watch")(self.path, listener_id)

    def close(self) -> None:
        self._connections.close()

    @contextmanager
    def _lent(self, *, for_writing: bool) -> Generator[Connection, None, None]:
        connection = self._connections.lend(for_writing=for_writing)
        try:
            yield connection
        finally:
            self._connections.take_back(connection)

    @contextmanager
    def _transaction(self, connection: Connection, begin: str) -> Generator[None, None, None]:
        try:
            # An interruption comes as BEGIN returns, too: who borrows the connection next must not find it begun.
            self._run(connection, begin)
            yield
            self._run(connection, "COMMIT")
        except BaseException:
            connection.steps.clear()  # those that were made in this transaction are gone with it
            try:
                if connection.in_transaction:  # a full disk or an I/O error may have ended it already
                    connection.execute("ROLLBACK")
            except sqlite3.Error:
                connection.is_spoiled = True
            raise

    def _prepare(self, connection: Connection) -> None:
        if not connection.is_staged:
            try:
                sqlite_step.prepare(connection)
            except sqlite3.Error as exc:
                raise translated(exc, self.path) from exc
            connection.is_staged = True

    def _run(self, connection: Connection, sql: str) -> None:
        try:
            execute(connection, sql)
        except sqlite3.Error as exc:
            raise translated(exc, self.path) from exc


# One creation at a time within the process: POSIX locks do not keep threads of one process apart, and closing the
# lock's file in one of them would let go of the other's.
_creating = threading.Lock()


def _renew_creation_lock() -> None:
    global _creating
    _creating = threading.Lock()


os.register_at_fork(after_in_child=_renew_creation_lock)


def open_sqlite(path: str, *, create: bool, durable: bool, schema: Schema | None = None) -> SqliteStore:
    """Opens the store in the file `path`; one that is there and current costs one read and takes no lock."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreUnavailable(
            f"This Python's SQLite is {sqlite3.sqlite_version}, and Headrace needs 3.35 or later: use a newer Python, "
            f"or one that is linked with a newer SQLite."
        )
    schema = schema or Schema.of("sqlite")
    path = os.path.realpath(path)
    if not create and not os.path.exists(path):
        raise StoreUnavailable(f"There is no database {path}. Run a flow, or check HEADRACE_DATABASE_URL.")
    connections = Connections(path, durable=durable)
    try:
        found = _look_into(connections) if _is_made(path) else None
        if found is not None and found.is_wal and found.meta.schema_version >= schema.latest:
            meta = found.meta
        else:
            meta = _under_creation_lock(path, lambda: _make_current(connections, schema))
        migrations.refuse_newer_reader(meta, schema.latest, path)
    except BaseException:
        connections.close()
        raise
    return SqliteStore(connections, meta, schema.latest)


def stored_meta(path: str) -> StoreMeta | None:
    """What the file says of its schema, which is left as it is; None where there is no file."""
    path = os.path.realpath(path)
    if not _is_made(path):
        return None
    connections = Connections(path, durable=False)
    try:
        return _look_into(connections).meta
    finally:
        connections.close()


def write_meta(path: str, meta: StoreMeta) -> None:
    """Says of the file's schema what it may not be."""

    def write() -> None:
        connection = connect(path)
        try:
            _write_meta(connection, meta)
        finally:
            connection.close()

    _under_creation_lock(path, write)


def _is_made(path: str) -> bool:
    # A file appears whole, by a rename; an empty one is what `touch`, or opening it by hand, left.
    try:
        return os.path.getsize(path) > 0
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise _unusable(path, exc) from exc


def _unusable(path: str, exc: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database {path} cannot be used ({exc.strerror}): check that its folder exists, is a folder and can be "
        f"written, or point HEADRACE_HOME or HEADRACE_DATABASE_URL elsewhere."
    )


class _Found(NamedTuple):
    """What a file turned out to hold."""

    meta: StoreMeta
    is_wal: bool  # not so where it was restored from a copy


def _look_into(connections: Connections) -> _Found:
    connection = connections.lend(for_writing=True)
    try:
        meta, is_wal = _read_meta(connection), _journal_mode(connection) == "wal"
    except sqlite3.Error as exc:
        raise translated(exc, connections.path) from exc
    finally:
        connections.take_back(connection)
    if meta is None:
        raise foreign(connections.path)
    return _Found(meta, is_wal)


def _journal_mode(connection: sqlite3.Connection, wanted: str = "") -> str:
    return connection.execute(f"PRAGMA journal_mode{wanted}").fetchone()[0]


def _switch_to_wal(connection: sqlite3.Connection, path: str) -> None:
    if _journal_mode(connection, "=WAL") != "wal":
        raise StoreUnavailable(
            f"The database {path} lies on a file system on which processes cannot share memory, which WAL mode needs. "
            f"Point HEADRACE_HOME or HEADRACE_DATABASE_URL at a local disk."
        )


def _read_meta(connection: sqlite3.Connection) -> StoreMeta | None:
    try:
        row = connection.execute("SELECT store_id, schema_version, min_reader, min_writer FROM meta").fetchone()
    except sqlite3.OperationalError as exc:
        if _is_of_statement(exc):  # no such table, or one of somebody else's
            return None
        raise
    return None if row is None else StoreMeta(*row)


def _under_creation_lock(path: str, work: Callable[[], R]) -> R:
    """Runs `work` while no other thread or process creates or migrates a store in this folder."""
    folder = os.path.dirname(path)
    try:
        with _creating:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            descriptor = os.open(os.path.join(folder, "writer.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX)
                return work()
            finally:
                os.close(descriptor)
    except OSError as exc:
        raise _unusable(path, exc) from exc
    except sqlite3.Error as exc:
        raise translated(exc, path) from exc


def _make_current(connections: Connections, schema: Schema) -> StoreMeta:
    path = connections.path
    if not _is_made(path):
        return _create(path, schema)
    meta, is_wal = _look_into(connections)  # another process may have done the work while this one waited
    if is_wal and meta.schema_version >= schema.latest:
        return meta
    connection = connect(path)
    try:
        if not is_wal:
            _switch_to_wal(connection, path)
        return migrations.migrate(_MigrationSession(connection, path), schema, meta.store_id)
    finally:
        connection.close()


def _create(path: str, schema: Schema) -> StoreMeta:
    """Makes the file beside its place and renames it: nobody ever sees half a store, or one that is not yet WAL."""
    draft = f"{path}.new"
    for leftover in (draft, f"{draft}-wal", f"{draft}-shm", f"{draft}-journal"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    for suffix in ("-wal", "-journal", "-shm"):
        # Of a file that was moved away without them: SQLite would write their pages into the new one.
        if os.path.exists(path + suffix):
            os.replace(path + suffix, f"{path}{suffix}.left")
            crash_points.reach("store.creation.aside")
    connection = connect(draft, mode="rwc")
    try:
        _switch_to_wal(connection, path)
        meta = migrations.migrate(_MigrationSession(connection, path), schema, id_text(new_id()))
    finally:
        connection.close()  # the last connection moves the WAL into the file and removes it
    crash_points.reach("store.creation.made")
    os.rename(draft, path)
    crash_points.reach("store.creation.renamed")
    return meta


_WRITE_META: Final = """
INSERT INTO meta (only_row, store_id, created_at, schema_version, min_reader, min_writer) VALUES (1, ?, ?, ?, ?, ?)
ON CONFLICT (only_row) DO UPDATE SET schema_version = excluded.schema_version, min_reader = excluded.min_reader,
    min_writer = excluded.min_writer
"""


def _write_meta(connection: sqlite3.Connection, meta: StoreMeta) -> None:
    versions = (meta.schema_version, meta.min_reader, meta.min_writer)
    connection.execute(_WRITE_META, (meta.store_id, clock.now(), *versions))


def _is_of_statement(exc: BaseException) -> bool:
    """Whether a statement does not fit the schema that is there, or is wrong in itself."""
    # Not all errors have a code: those that Python's own module raises have none.
    return isinstance(exc, sqlite3.Error) and getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


class _MigrationSession:
    """See `migrations.MigrationSession`."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def meta(self) -> StoreMeta | None:
        return _read_meta(self._connection)

    def run(self, migration: Migration, meta: StoreMeta) -> None:
        connection = self._connection
        try:
            connection.executescript("BEGIN IMMEDIATE;\n" + migration.sql)
            _write_meta(connection, meta)
            crash_points.reach("store.migration.before")
            connection.execute("COMMIT")
        except BaseException as exc:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if _is_of_statement(exc):
                raise migrations.not_as_it_says(migration, self._path, str(exc)) from exc
            raise
        crash_points.reach("store.migration.after")
