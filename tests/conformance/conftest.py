"""Both databases answer one suite: each test that asks for a `database` or a `store` runs on each of them."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import Struct

from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.databases import DATABASES
from tests.support.postgres import postgres_schema


class Database(Struct, frozen=True):
    """An empty database, and how to speak to it past the store."""

    kind: str
    url: str
    run: Callable[[str], list[tuple[Any, ...]]]

    def open(self, schema: Schema | None = None) -> Store:
        """Opens the store, by another schema than the one that is shipped where one is given."""
        if schema is None:
            return open_store(self.url)
        if self.kind == "sqlite":
            from headrace.server.store.dialects.sqlite import open_sqlite

            return open_sqlite(self.url.removeprefix("sqlite:///"), create=True, durable=False, schema=schema)
        from headrace.server.store.dialects.postgres import open_postgres

        return open_postgres(self.url, create=True, durable=False, schema=schema)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        path = tmp_path / "home" / "headrace.db"
        yield Database("sqlite", f"sqlite:///{path}", lambda sql: _run_sqlite(path, sql))
    else:
        with postgres_schema() as url:
            yield Database("postgres", url, lambda sql: _run_postgres(url, sql))


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = database.open()
    yield opened
    opened.close()


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Where a store of a home of its own would lie; it is not there yet."""
    return tmp_path / "home" / "headrace.db"


def _run_sqlite(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def _run_postgres(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []
