"""Saves searches, and deletes them."""

from headrace._kernel.ids import new_id
from headrace.server.store import saved_searches
from headrace.server.store.saved_searches import SearchFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.unknown import unknown

__all__ = ["delete_search", "save_search"]


def save_search(store: Store, name: str, filters: bytes, *, now: int) -> tuple[SearchFacts, bool]:
    """The search as it is saved now, and whether it is a new one; `filters` are JSON."""
    search = SearchFacts(new_id(), name, filters, now, now)
    is_new = decided(lambda is_again: _put(store, search))
    with store.read() as tx:
        return saved_searches.read_by_name(tx, name) or search, is_new


def delete_search(store: Store, search_id: bytes) -> None:
    """Deletes a search; ObjectNotFound where there is none."""
    with store.write() as tx:
        if not saved_searches.delete(tx, search_id):
            raise unknown("saved search", search_id)


def _put(store: Store, search: SearchFacts) -> bool:
    with store.write() as tx:
        return saved_searches.put(tx, search)
