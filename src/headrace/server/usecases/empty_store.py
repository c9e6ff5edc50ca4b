"""Empties a store: everything that it was told is deleted for good, and it goes on as a new one."""

from headrace.server.store.deletions import Emptied, delete_everything
from headrace.server.store.transactions import Store

__all__ = ["empty"]


def empty(store: Store) -> Emptied:
    """Deletes all rows, in one transaction; how many it were."""
    with store.write() as tx:
        return delete_everything(tx)
