"""Tells what condition the store is in."""

from headrace.server.store.condition import StoreCondition, condition
from headrace.server.store.transactions import Store

__all__ = ["describe_store"]


def describe_store(store: Store, *, reads_everything: bool) -> StoreCondition:
    """The store's version, schema and damages; see `condition`."""
    with store.read() as tx:
        return condition(tx, reads_everything=reads_everything)
