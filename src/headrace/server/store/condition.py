"""What condition a store is in: for people who ask whether all is well with it."""

import msgspec

from headrace.server.store.migrations import Schema
from headrace.server.store.transactions import Tx

__all__ = ["StoreCondition", "condition"]

_SHOWN_DAMAGES = 5


class StoreCondition(msgspec.Struct, frozen=True):
    """An open store: what it is, and what is wrong with it."""

    version: str  # of the database, as in "SQLite 3.45.1"
    store_id: str
    schema_version: int
    known_schema_version: int  # up to which this Headrace knows the schema
    dead_letters: int = 0  # records that it could never take
    last_refusal: str | None = None  # why it could not take the newest of them
    damages: tuple[str, ...] = ()


def condition(tx: Tx, *, reads_everything: bool) -> StoreCondition:
    """The store's condition; with `reads_everything`, also whether the pages of a file are sound (a second a GB)."""
    ((schema_version,),) = tx.execute("SELECT schema_version FROM meta")
    refusals = tx.execute("SELECT reason FROM dead_letters ORDER BY at DESC LIMIT 1")
    ((dead_letters,),) = tx.execute("SELECT count(*) FROM dead_letters")
    return StoreCondition(
        version=tx.dialect.version,
        store_id=tx.store_id,
        schema_version=schema_version,
        known_schema_version=Schema.of(tx.dialect.name).latest,
        dead_letters=dead_letters,
        last_refusal=refusals[0][0] if refusals else None,
        # A server's database looks after its own pages.
        damages=_damages(tx) if reads_everything and not tx.dialect.is_shared else (),
    )


def _damages(tx: Tx) -> tuple[str, ...]:
    rows = tx.execute(f"PRAGMA quick_check({_SHOWN_DAMAGES})")
    return tuple(said for (said,) in rows if said != "ok")
