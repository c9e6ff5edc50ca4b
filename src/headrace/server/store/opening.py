"""Opens the store that a URL names: the composition root of scripts, command line and server alike."""

import os
from collections.abc import Callable

from headrace._kernel import late
from headrace.exceptions import ConfigurationError
from headrace.server.store.dialects import sqlite
from headrace.server.store.transactions import Store

__all__ = ["open_store"]


def open_store(url: str, *, create: bool = True, durability: str = "process") -> Store:
    """Opens a store, made or migrated first where that is due.

    `url` is `sqlite:////absolute/path.db` or `postgresql://user@host/database`; `durability` is "process" (a write
    survives the death of the process) or "disk" (it survives a power cut, at the price of a sync at each commit).
    Raises StoreUnavailable, or StoreNewer or StoreCorrupt, with a sentence for the user.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.partition("+")[0]  # Prefect's settings name a driver as well
    if scheme == "sqlite":
        path = rest.removeprefix("/")
        if not os.path.isabs(path):
            raise ConfigurationError(f"{url!r} names no file by its whole path: write sqlite:////absolute/path.db")
        return sqlite.open_sqlite(path, create=create, durable=durability == "disk")
    if scheme in ("postgresql", "postgres"):
        return _open_postgres()(f"postgresql://{rest}", create=create, durable=durability == "disk")
    raise ConfigurationError(
        f"{url!r} names no database that Headrace knows: write sqlite:////absolute/path.db or postgresql://..."
    )


def _open_postgres() -> Callable[..., Store]:
    try:
        return late.load("postgres_store")
    except ImportError as error:
        raise ConfigurationError(
            f"PostgreSQL needs the driver psycopg ({error}). Install it with: pip install 'headrace[postgres]'"
        ) from error
