"""Saved searches: filters under names, which only the pages that saved them understand."""

from typing import Any, Final

import msgspec
import sqlalchemy as sa

from headrace.server.store.core_rows import page
from headrace.server.store.hot import json_bytes
from headrace.server.store.tables import saved_searches
from headrace.server.store.transactions import Tx

__all__ = ["SearchFacts", "delete", "put", "read", "read_by_name", "read_many"]


class SearchFacts(msgspec.Struct, frozen=True):
    """A saved search; its filters are JSON."""

    id: bytes
    name: str
    filters: bytes
    created_at: int
    updated_at: int


_SELECT: Final = sa.select(*[saved_searches.c[name] for name in SearchFacts.__struct_fields__])
_ORDER: Final = (saved_searches.c.name.asc(),)


def put(tx: Tx, search: SearchFacts) -> bool:
    """Saves a search, in place of one of the same name; whether it is a new one. StaleFacts where two are new."""
    values: dict[str, Any] = {"filters": search.filters.decode(), "updated_at": search.updated_at}
    replaced = sa.update(saved_searches).where(saved_searches.c.name == search.name).values(values)
    if tx.select(replaced.returning(saved_searches.c.id)):
        return False
    new = {"id": search.id, "name": search.name, "created_at": search.created_at, **values}
    tx.select(sa.insert(saved_searches).values(new))
    return True


def read(tx: Tx, search_id: bytes) -> SearchFacts | None:
    """A search by its id."""
    return _first(tx, saved_searches.c.id == search_id)


def read_by_name(tx: Tx, name: str) -> SearchFacts | None:
    """A search by its name."""
    return _first(tx, saved_searches.c.name == name)


def read_many(tx: Tx, *, limit: int | None = None, offset: int = 0) -> list[SearchFacts]:
    """Searches in the order of their names."""
    return [_search(row) for row in page(tx, _SELECT, (), _ORDER, limit, offset)]


def delete(tx: Tx, search_id: bytes) -> bool:
    """Deletes a search; whether there was one."""
    deleted = sa.delete(saved_searches).where(saved_searches.c.id == search_id)
    return bool(tx.select(deleted.returning(saved_searches.c.id)))


def _first(tx: Tx, asked: sa.ColumnElement[bool]) -> SearchFacts | None:
    rows = tx.select(_SELECT.where(asked))
    return _search(rows[0]) if rows else None


def _search(row: Any) -> SearchFacts:
    return SearchFacts(row[0], row[1], json_bytes(row[2]), row[3], row[4])
