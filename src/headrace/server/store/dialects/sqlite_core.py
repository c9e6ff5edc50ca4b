"""SQLAlchemy Core on SQLite; reached late, since a plain script needs none of it."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from headrace.server.store.dialects.core_binding import TxOwnsTransactions, engine_of, run

__all__ = ["select"]


class _Dialect(TxOwnsTransactions, SQLiteDialect_pysqlite):
    supports_statement_cache = True


_engine: Final = engine_of(_Dialect(dbapi=sqlite3), "sqlite://")


def select(
    connection: sqlite3.Connection, statement: sa.Executable, values: dict[str, object] | None
) -> Sequence[Sequence[Any]]:
    """Runs a statement on a Tx's connection; sqlite3.Error where it fails."""
    return run(_engine, connection, statement, values)
