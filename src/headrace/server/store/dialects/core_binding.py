"""SQLAlchemy Core on a connection that a Tx owns: it compiles and runs statements, and that is all.

Beginning, ending and closing belong to the Tx, so a dialect of ours does nothing where SQLAlchemy would do them.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, PoolProxiedConnection

__all__ = ["TxOwnsTransactions", "engine_of", "run"]


class TxOwnsTransactions(DefaultDialect):
    """Mixed into a dialect, ahead of it."""

    def do_begin(self, dbapi_connection: Any) -> None:
        """The Tx has begun."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """The Tx commits."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """The Tx rolls back."""

    def do_close(self, dbapi_connection: Any) -> None:
        """The Tx gives the connection back."""

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """The Tx finds out by itself."""
        return False


class _Lent(PoolProxiedConnection):
    """The Tx's connection, as SQLAlchemy takes connections from its pools."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.dbapi_connection = connection

    @property
    def driver_connection(self) -> Any:
        return self.dbapi_connection

    @property
    def is_valid(self) -> bool:
        return True

    @property
    def is_detached(self) -> bool:
        return False

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        return self._connection.cursor(*args, **kwargs)

    def invalidate(self, e: BaseException | None = None, soft: bool = False) -> None:
        """The Tx finds out by itself."""

    def close(self) -> None:
        """The Tx gives the connection back."""


def engine_of(dialect: DefaultDialect, url: str) -> Engine:
    """An engine that never connects: it keeps a dialect and what was compiled for it."""
    return Engine(NullPool(_never), dialect, sa.make_url(url))


def _never() -> Any:
    raise AssertionError("an engine of the store opens no connection of its own")


def run(
    engine: Engine, connection: Any, statement: sa.Executable, values: dict[str, object] | None
) -> Sequence[Sequence[Any]]:
    """All rows of a statement; none where it returns no rows. The driver's own error where it fails."""
    try:
        result = Connection(engine, connection=_Lent(connection)).execute(statement, values)
        return result.all() if result.returns_rows else ()
    except DBAPIError as exc:
        raise (exc.orig or exc) from exc
