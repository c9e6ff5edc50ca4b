"""SQLAlchemy Core on PostgreSQL."""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from headrace.server.store.dialects.core_binding import TxOwnsTransactions, engine_of, run

__all__ = ["select"]


class _Dialect(TxOwnsTransactions, PGDialect_psycopg):
    supports_statement_cache = True


_engine: Final = engine_of(_Dialect(dbapi=psycopg), "postgresql+psycopg://")


def select(
    connection: "psycopg.Connection[Any]", statement: sa.Executable, values: dict[str, object] | None
) -> Sequence[Sequence[Any]]:
    """Runs a statement on a Tx's connection; psycopg.Error where it fails."""
    return run(_engine, connection, statement, values)
