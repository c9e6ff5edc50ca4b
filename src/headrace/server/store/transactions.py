"""The faces of a store and of its transactions, which both dialects have.

A `Tx` owns one connection of the driver for as long as its `with` lasts. A named operation takes an open Tx; a use
case opens one; no function does both.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from headrace.server.store.changes import Changes

if TYPE_CHECKING:  # SQLAlchemy takes 200 ms to import: only ordinary reads load it, and they hand in the statements.
    from sqlalchemy import Executable

    from headrace.server.store.watching import Watch

__all__ = ["Dialect", "Store", "Tx"]


class Dialect(msgspec.Struct, frozen=True):
    """What a database can do. Code asks for a capability, never for a name."""

    name: str  # of the folder of its schema
    version: str  # of the database, for people
    rejects_nul: bool  # a text with NUL, or JSON with \u0000, is refused
    is_shared: bool  # several machines can reach it


class Tx(Protocol):
    """One open transaction. Every row is a tuple; but for chunks, all are fetched before the call returns."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def store_id(self) -> str: ...

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Runs one literal statement of this dialect."""
        ...

    def rows_among(self, sql: str, values: Iterable[bytes] | Iterable[str]) -> list[tuple[Any, ...]]:
        """Runs a literal statement in which `{among}` stands for "is one of these ids (or texts)"."""
        ...

    def chunks(self, sql: str, *, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Runs one literal statement and gives its rows so many at a time, fetched as they are asked for.

        They are read within the transaction: while it is open, and with nothing written meanwhile.
        """
        ...

    def literal(self, identifier: bytes) -> str:
        """An id as a literal statement spells it."""
        ...

    def select(self, statement: "Executable", values: dict[str, object] | None = None) -> Sequence[Sequence[Any]]:
        """Runs a SQLAlchemy Core statement on this transaction's connection."""
        ...

    def apply(self, changes: Changes) -> None:
        """Writes all of `changes` or nothing; see `hot.apply`."""
        ...


class Store(Protocol):
    """An open database. Safe to use from several threads; a forked child may go on using it."""

    @property
    def store_id(self) -> str: ...

    @property
    def dialect(self) -> Dialect: ...

    def read(self) -> AbstractContextManager[Tx]:
        """A consistent snapshot, for reading only."""
        ...

    def step(self) -> AbstractContextManager[Tx]:
        """A transaction for `hot.apply`, or one literal statement: the write lock is held during that call alone."""
        ...

    def write(self) -> AbstractContextManager[Tx]:
        """A transaction for reading and writing, in the server and in maintenance; never in users' scripts.

        Differs from `step` in that Python runs while the write lock is held.
        """
        ...

    def watch(self, listener_id: bytes) -> "Watch":
        """Begins to notice what anybody commits; a process that comes back with its id keeps the leases it has."""
        ...

    def close(self) -> None: ...
