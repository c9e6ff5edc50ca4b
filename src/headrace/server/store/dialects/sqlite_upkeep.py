"""The upkeep of a file of SQLite: its backup, its pages, its size. Not for scripts: some of it takes long."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

from headrace.server.store.dialects.sqlite_connections import Connection, connect, execute
from headrace.server.store.dialects.sqlite_errors import translated

__all__ = ["back_up", "damaged_pages", "vacuum"]

_SHOWN_DAMAGES: Final = 20


def back_up(path: str, target: str) -> int:
    """Copies the store as it is at one instant into a new file, while others write; its size.

    The copy appears whole, under its name, and needs no file beside it.
    """
    draft = f"{target}.new"
    with suppress(FileNotFoundError):
        os.unlink(draft)  # of a backup that was killed
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with _connected(path) as source, _connected(draft) as copy:
            source.backup(copy)  # in one step: with several, each write of others would begin it anew
            copy.execute("PRAGMA journal_mode=DELETE")
        _sync(draft)
        os.rename(draft, target)
    except BaseException:
        os.unlink(draft)
        raise
    return os.path.getsize(target)


def damaged_pages(path: str) -> tuple[str, ...]:
    """What SQLite finds wrong with the file, all of which it reads, the indexes too."""
    with _connected(path) as connection:
        rows = execute(connection, f"PRAGMA integrity_check({_SHOWN_DAMAGES})").fetchall()
    return tuple(said for (said,) in rows if said != "ok")


def vacuum(path: str) -> None:
    """Writes the file anew, without the room that deleted rows left. Others wait meanwhile."""
    with _connected(path) as connection:
        execute(connection, "PRAGMA temp_store=file")  # it builds the whole file anew in a temporary one
        execute(connection, "VACUUM")
        execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _connected(path: str) -> Generator[Connection]:
    try:
        connection = connect(path)
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as exc:
        raise translated(exc, path) from exc


def _sync(file: str) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
