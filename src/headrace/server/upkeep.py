"""The upkeep of a store, for the command line: each function opens the database that a URL names, and closes it."""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from headrace._kernel import clock
from headrace.exceptions import ConfigurationError
from headrace.server.store.deletions import Emptied
from headrace.server.store.dialects import sqlite_upkeep
from headrace.server.store.dialects.sqlite import SqliteStore
from headrace.server.store.opening import open_store
from headrace.server.store.soundness import Contradiction, contradictions
from headrace.server.store.transactions import Store
from headrace.server.usecases.empty_store import empty
from headrace.server.usecases.prune import Pruned, prune

__all__ = ["StoreCheck", "backup_store", "check_store", "empty_store", "prune_store", "vacuum_store"]

_UNLIMITED_SECONDS = 1e9


class StoreCheck(msgspec.Struct, frozen=True):
    """What is wrong with a store: pages that are damaged, and rows that contradict each other."""

    damages: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]


def check_store(database_url: str) -> StoreCheck:
    """Reads all of the store; the pages of a file, too."""
    with _opened(database_url) as store:
        damages = sqlite_upkeep.damaged_pages(store.path) if isinstance(store, SqliteStore) else ()
        if damages:
            return StoreCheck(damages, ())  # what stands in such pages says nothing
        with store.read() as tx:
            return StoreCheck((), tuple(contradictions(tx)))


def backup_store(database_url: str, target: str) -> int:
    """Copies the store into a new file; its size."""
    with _opened(database_url) as store:
        return sqlite_upkeep.back_up(_file(store), target)


def vacuum_store(database_url: str) -> None:
    """Gives back the room that deleted rows left."""
    with _opened(database_url) as store:
        sqlite_upkeep.vacuum(_file(store))


def prune_store(database_url: str, log_days: int) -> Pruned:
    """Deletes what was kept long enough, however much that is."""
    with _opened(database_url) as store:
        return prune(store, log_days=log_days, now=clock.now(), budget_seconds=_UNLIMITED_SECONDS)


def empty_store(database_url: str) -> Emptied:
    """Deletes everything that the store has been told."""
    with _opened(database_url) as store:
        return empty(store)


@contextmanager
def _opened(database_url: str) -> Generator[Store]:
    store = open_store(database_url, create=False)
    try:
        yield store
    finally:
        store.close()


def _file(store: Store) -> str:
    if isinstance(store, SqliteStore):
        return store.path
    raise ConfigurationError("The database is a server's, which has tools of its own for this.")
