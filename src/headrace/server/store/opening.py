"""Opens the store that a URL names: the composition root of scripts, command line and server alike."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

from headrace._kernel import late
from headrace._kernel.urls import without_password
from headrace.exceptions import ConfigurationError
from headrace.server.store.dialects import sqlite
from headrace.server.store.migrations import Schema, StoreMeta
from headrace.server.store.transactions import Store

__all__ = ["open_store", "sessions_of", "stamp_schema", "stored_schema"]


def open_store(url: str, *, create: bool = True, durability: str = "process") -> Store:
    """Opens a store, made or migrated first where that is due.

    `url` is `sqlite:////absolute/path.db` or `postgresql://user@host/database`; `durability` is "process" (a write
    survives the death of the process) or "disk" (it survives a power cut, at the price of a sync at each commit).
    Raises StoreUnavailable, or StoreNewer or StoreCorrupt, with a sentence for the user.
    """
    kind, place = _kind_and_place(url)
    if kind == "sqlite":
        return sqlite.open_sqlite(place, create=create, durable=durability == "disk")
    with _needing_driver():
        open_postgres: Callable[..., Store] = late.load("postgres_store")
    return open_postgres(place, create=create, durable=durability == "disk")


def stored_schema(url: str) -> tuple[StoreMeta | None, Schema]:
    """What a database says of its schema (None where it holds nothing yet), and the one that we know; read alone."""
    kind, place = _kind_and_place(url)
    if kind == "sqlite":
        return sqlite.stored_meta(place), Schema.of(kind)
    with _needing_driver():
        read: Callable[[str], StoreMeta | None] = late.load("postgres_meta")
    return read(place), Schema.of(kind)


def stamp_schema(url: str, meta: StoreMeta) -> None:
    """Says of a database's schema that it is this one, without making it so."""
    kind, place = _kind_and_place(url)
    if kind == "sqlite":
        sqlite.write_meta(place, meta)
        return
    with _needing_driver():
        write: Callable[[str, StoreMeta], None] = late.load("write_postgres_meta")
    write(place, meta)


def sessions_of(url: str, store_id: str) -> int:
    """How many connections a store has, of whatever process; 0 of a file, of which nobody can tell."""
    kind, place = _kind_and_place(url)
    if kind == "sqlite":
        return 0
    with _needing_driver():
        count: Callable[[str, str], int] = late.load("postgres_sessions")
    return count(place, store_id)


def _kind_and_place(url: str) -> tuple[Literal["sqlite", "postgres"], str]:
    scheme, _, rest = url.partition("://")
    scheme = scheme.partition("+")[0]  # Prefect's settings name a driver as well
    if scheme == "sqlite":
        path = rest.removeprefix("/")
        if not os.path.isabs(path):
            raise ConfigurationError(f"{url!r} names no file by its whole path: write sqlite:////absolute/path.db")
        return "sqlite", path
    if scheme in ("postgresql", "postgres"):
        return "postgres", f"postgresql://{rest}"
    raise ConfigurationError(
        f"{without_password(url)!r} names no database that Headrace knows: write sqlite:////absolute/path.db or "
        "postgresql://..."
    )


@contextmanager
def _needing_driver() -> Generator[None]:
    try:
        yield
    except ImportError as error:
        raise ConfigurationError(
            f"PostgreSQL needs the driver psycopg ({error}). Install it with: pip install 'headrace[postgres]'"
        ) from error
