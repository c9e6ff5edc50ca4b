"""Records what is reported to have happened."""

from collections.abc import Sequence

from headrace.server.store import events
from headrace.server.store.facts import EventFacts
from headrace.server.store.transactions import Store

__all__ = ["record_events"]


def record_events(store: Store, reported: Sequence[EventFacts]) -> list[EventFacts]:
    """Stores events; those that were not known before. RowRefused where the database can never take one of them.

    Each is known by its id: who is told nothing of the outcome reports again, and nothing is doubled.
    """
    new: list[EventFacts] = []
    for start in range(0, len(reported), events.BATCH):
        with store.step() as tx:
            new += events.append(tx, reported[start : start + events.BATCH])
    return new
