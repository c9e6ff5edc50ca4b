"""Handlers of the routes about saved searches."""

from uuid import UUID

import msgspec

from headrace._kernel import clock
from headrace._wire.saved_searches import SavedSearch, SavedSearchCreate, SavedSearchQuery
from headrace.server.api import rendering
from headrace.server.api.dispatch import Made
from headrace.server.api.queries import page_limit
from headrace.server.store import saved_searches
from headrace.server.store.transactions import Store
from headrace.server.usecases import saved_searches as saving
from headrace.server.usecases.unknown import unknown

__all__ = ["create_saved_search", "delete_saved_search", "read_saved_search", "read_saved_searches"]


def create_saved_search(store: Store, body: SavedSearchCreate) -> SavedSearch | Made[SavedSearch]:
    """Saves a search, in place of one of the same name."""
    filters = msgspec.json.encode([one.model_dump(mode="json") for one in body.filters])
    search, is_new = saving.save_search(store, body.name, filters, now=clock.now())
    answer = rendering.saved_search(search)
    return Made(answer) if is_new else answer


def read_saved_search(store: Store, search_id: UUID) -> SavedSearch:
    """A saved search by its id."""
    with store.read() as tx:
        found = saved_searches.read(tx, search_id.bytes)
    if found is None:
        raise unknown("saved search", search_id.bytes)
    return rendering.saved_search(found)


def read_saved_searches(store: Store, query: SavedSearchQuery) -> list[SavedSearch]:
    """Saved searches in the order of their names."""
    limit = page_limit(query.limit)
    with store.read() as tx:
        found = saved_searches.read_many(tx, limit=limit, offset=query.offset)
    return [rendering.saved_search(search) for search in found]


def delete_saved_search(store: Store, search_id: UUID) -> None:
    """Deletes a saved search."""
    saving.delete_search(store, search_id.bytes)
