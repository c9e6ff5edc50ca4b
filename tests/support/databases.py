"""Both kinds of database: each as the URL of an empty one, or opened as a store."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.postgres import postgres_schema

__all__ = ["DATABASES", "empty_database", "empty_store"]

DATABASES: Final = ("sqlite", "postgres")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database that holds nothing: a file in the folder, or a schema of its own."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/headrace.db"
    else:
        with postgres_schema() as url:
            yield url


@contextmanager
def empty_store(kind: str, folder: Path) -> Iterator[Store]:
    """An open store that holds nothing."""
    with empty_database(kind, folder) as url, closing(open_store(url)) as store:
        yield store
