"""The SQLite connections of a process: lent one at a time, and none open across a fork.

Why none may be: SQLite keeps its POSIX locks in a table of the process. A forked child inherits that table but not the
locks; a connection that it opens beside an inherited one takes no lock at all, and another process may then delete
the WAL under it. So a fork waits until no connection is lent, and closes them all; both sides open new ones.
"""

import os
import sqlite3
import threading
import weakref
from collections.abc import Sequence
from typing import Any, Final

from headrace._kernel import clock
from headrace.server.store.dialects.sqlite_errors import translated
from headrace.server.store.errors import StoreUnavailable

__all__ = ["BUSY_TIMEOUT_SECONDS", "Connection", "Connections", "connect", "execute"]

# SQLite's own lock is the queue between processes; nobody holds it longer than one step.
BUSY_TIMEOUT_SECONDS: Final = 30.0
_FORK_WAITS_SECONDS: Final = 10.0
# A statement of each size for each staging table, and the reads.
_CACHED_STATEMENTS: Final = 256
# 16 MiB of WAL. A checkpoint syncs for milliseconds, in the thread whose step filled the WAL; at SQLite's own 1,000
# pages that is one barrier in 60, and hot pages are written to the file four times as often.
_CHECKPOINT_PAGES: Final = 4_000


class Connection(sqlite3.Connection):
    """A driver connection, and what was set up on it."""

    is_staged = False  # has the staging tables of the write step
    is_spoiled = False  # holds staged rows that could not be removed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps: dict[tuple[str, ...], str] = {}  # the statements that take a step, by what the step writes


def execute(connection: Connection, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
    """Executes a statement that may have to wait for others, however short the connection's own time-out is."""
    deadline = clock.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            return connection.execute(sql, parameters)
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or clock.monotonic() >= deadline:
                raise


def connect(path: str, *, mode: str = "rw", durable: bool = False) -> Connection:
    """A connection in autocommit mode; `mode` is SQLite's: rw opens only what exists, rwc creates."""
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(
        f"file:{quoted}?mode={mode}",
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
        cached_statements=_CACHED_STATEMENTS,
        uri=True,
    )
    try:
        connection.execute("PRAGMA temp_store=memory")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class Connections:
    """Lends connections to one file, one borrower each; keeps those that come back."""

    def __init__(self, path: str, *, durable: bool) -> None:
        self.path = path
        self._durable = durable
        self._renew_locks()
        self._plain: list[Connection] = []
        self._staged: list[Connection] = []
        self._lent = 0
        self._is_forking = False
        self._is_lost = False
        self._is_closed = False
        _all.add(self)

    def _renew_locks(self) -> None:
        self.write_lock = threading.Lock()  # the queue of this process's writers, before SQLite's own
        # Held by `with` on the lock itself: Ctrl-C in a Condition's own, which is Python, would leave it locked.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def lend(self, *, for_writing: bool) -> Connection:
        """A connection for the calling thread alone; writers get one that is staged, where there is one."""
        with self._lock:
            while self._is_forking:
                self._changed.wait()
            if self._is_lost or self._is_closed:
                raise StoreUnavailable(self._why_not())
            self._lent += 1
            first, second = (self._staged, self._plain) if for_writing else (self._plain, self._staged)
            connection = first.pop() if first else second.pop() if second else None
        try:
            connection = connection or connect(self.path, durable=self._durable)
        except sqlite3.Error as exc:
            self.take_back(None)
            raise translated(exc, self.path) from exc
        return connection

    def take_back(self, connection: Connection | None) -> None:
        """The end of a loan; None where the connection did not survive it."""
        with self._lock:
            self._lent -= 1
            if connection is None:
                pass
            elif self._is_closed or connection.is_spoiled:
                connection.close()
            else:
                (self._staged if connection.is_staged else self._plain).append(connection)
            self._changed.notify_all()

    def close(self) -> None:
        """Closes what is not lent; what is lent closes when it comes back."""
        with self._lock:
            self._is_closed = True
            self._close_idle()

    def _close_idle(self) -> None:
        for connection in (*self._plain, *self._staged):
            connection.close()
        self._plain.clear()
        self._staged.clear()

    def _why_not(self) -> str:
        if self._is_closed:
            return f"The database {self.path} was closed by this process."
        return (
            f"The database {self.path} cannot be used in this forked process: another thread of its parent was still "
            f"writing at the fork. Start such processes with the `spawn` method, or fork when no run is reporting."
        )

    def before_fork(self) -> None:
        """Leaves no connection open; where a loan outlasts the waiting time, the child will not have the store."""
        with self._lock:
            self._is_forking = True
            self._changed.wait_for(lambda: self._lent == 0, timeout=_FORK_WAITS_SECONDS)
            self._close_idle()

    def after_fork_in_parent(self) -> None:
        with self._lock:
            self._is_forking = False
            self._changed.notify_all()

    def after_fork_in_child(self) -> None:
        self._renew_locks()  # those inherited may be held by threads that do not exist here
        self._is_lost = self._is_lost or self._lent > 0
        self._lent = 0
        self._is_forking = False


_all: "weakref.WeakSet[Connections]" = weakref.WeakSet()


def _before_fork() -> None:
    for connections in list(_all):
        connections.before_fork()


def _after_fork_in_parent() -> None:
    for connections in list(_all):
        connections.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for connections in list(_all):
        connections.after_fork_in_child()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
