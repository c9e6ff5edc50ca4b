"""What condition a store is in: for people who ask whether all is well with it."""

import msgspec

from headrace.server.store.migrations import Schema
from headrace.server.store.transactions import Tx

__all__ = ["StoreCondition", "condition"]

_SHOWN_DAMAGES = 5
# Pages belong to tables and to indexes, which are counted with their tables.
_SIZES_OF_FILE = (
    "SELECT coalesce(m.tbl_name, p.name) AS owner, sum(p.pgsize) FROM dbstat p LEFT JOIN sqlite_master m "
    "ON m.name = p.name WHERE p.aggregate = TRUE GROUP BY owner ORDER BY 2 DESC"
)
_SIZES_OF_SHARED = (
    "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 2 DESC"
)


class StoreCondition(msgspec.Struct, frozen=True):
    """An open store: what it is, and what is wrong with it."""

    version: str  # of the database, as in "SQLite 3.45.1"
    store_id: str
    schema_version: int
    known_schema_version: int  # up to which this Headrace knows the schema
    dead_letters: int = 0  # records that it could never take
    last_refusal: str | None = None  # why it could not take the newest of them
    damages: tuple[str, ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()  # the bytes of each table with its indexes, the largest first
    free_bytes: int = 0  # of the file, that deleted rows left


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
        sizes=_sizes(tx) if reads_everything or tx.dialect.is_shared else (),
        free_bytes=_free_bytes(tx) if not tx.dialect.is_shared else 0,
    )


def _damages(tx: Tx) -> tuple[str, ...]:
    rows = tx.execute(f"PRAGMA quick_check({_SHOWN_DAMAGES})")
    return tuple(said for (said,) in rows if said != "ok")


def _sizes(tx: Tx) -> tuple[tuple[str, int], ...]:
    if tx.dialect.is_shared:
        return tuple((name, size) for name, size in tx.execute(_SIZES_OF_SHARED))
    has_dbstat = tx.execute("SELECT 1 FROM pragma_table_info('dbstat')")  # not every SQLite is built with it
    return tuple((name, size) for name, size in tx.execute(_SIZES_OF_FILE)) if has_dbstat else ()


def _free_bytes(tx: Tx) -> int:
    ((pages,),) = tx.execute("PRAGMA freelist_count")
    ((page_bytes,),) = tx.execute("PRAGMA page_size")
    return pages * page_bytes
