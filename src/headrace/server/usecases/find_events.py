"""Finds and counts events, wherever they come from: each source answers for its own, and the answers are put together.

Events that were reported as such stand in a table; those of the states of runs follow from the runs' rows. Each source
has the functions of `EventSource`. Both may know events about one resource.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol

from headrace._wire.events import RESOURCE_ID, EventFilter, EventOrder, EventResourceFilter
from headrace.server.store import events
from headrace.server.store.events import Place, Tally
from headrace.server.store.facts import EventFacts
from headrace.server.store.transactions import Store, Tx
from headrace.server.usecases import find_state_events

__all__ = ["SOURCES", "EventSource", "count_events", "count_events_in_spans", "find_events", "place_of", "tally_events"]


class EventSource(Protocol):
    """Some of all events; no event is of two sources. See `store.events` for what each function answers."""

    def page(self, tx: Tx, asked: EventFilter, *, limit: int, behind: Place | None = None) -> list[EventFacts]: ...

    def count(self, tx: Tx, asked: EventFilter) -> int: ...

    def spans(self, tx: Tx, asked: EventFilter, *, start: int, span_us: int) -> dict[int, int]: ...

    def tallies(self, tx: Tx, asked: EventFilter, *, by_resource: bool) -> list[Tally]: ...


SOURCES: Final[tuple[EventSource, ...]] = (events, find_state_events)
"""Where events come from."""


def find_events(
    store: Store,
    asked: EventFilter,
    *,
    limit: int,
    behind: Place | None = None,
    sources: Sequence[EventSource] = SOURCES,
) -> list[EventFacts]:
    """The next events that a filter asks for, in its order, behind a place (None: from the first on)."""
    with store.read() as tx:
        if not asked.is_distinct:
            return _merged(tx, asked, limit, behind, sources)
        found: list[EventFacts] = []
        while len(found) < limit:
            some = _merged(tx, asked, limit, behind, sources)
            found += _first_of_all(tx, asked, some, sources)
            if len(some) < limit:
                break
            behind = place_of(some[-1])
    return found[:limit]


def _merged(
    tx: Tx, asked: EventFilter, limit: int, behind: Place | None, sources: Sequence[EventSource]
) -> list[EventFacts]:
    found = [event for source in sources for event in source.page(tx, asked, limit=limit, behind=behind)]
    found.sort(key=place_of, reverse=asked.order is EventOrder.DESC)
    return found[:limit]


def _first_of_all(
    tx: Tx, asked: EventFilter, some: Sequence[EventFacts], sources: Sequence[EventSource]
) -> list[EventFacts]:
    """Those of the events that are the first about their resources: each is so in its own source."""
    about = list({event.resource[RESOURCE_ID]: None for event in some})
    narrowed = asked.model_copy(
        update={"resource": (asked.resource or EventResourceFilter()).model_copy(update={"id": about})}
    )
    firsts: dict[str, EventFacts] = {}
    for event in _merged(tx, narrowed, len(about) * len(sources), None, sources):
        firsts.setdefault(event.resource[RESOURCE_ID], event)
    return [event for event in some if firsts[event.resource[RESOURCE_ID]].id == event.id]


def place_of(event: EventFacts) -> Place:
    """Where an event stands among all."""
    return event.occurred_at, event.id


def count_events(store: Store, asked: EventFilter, *, sources: Sequence[EventSource] = SOURCES) -> int:
    """How many events a filter asks for."""
    if asked.is_distinct:
        return len(tally_events(store, asked, by_resource=True, sources=sources))
    with store.read() as tx:
        return sum(source.count(tx, asked) for source in sources)


def count_events_in_spans(
    store: Store, asked: EventFilter, *, start: int, span_us: int, sources: Sequence[EventSource] = SOURCES
) -> dict[int, int]:
    """How many of the events occurred in which span; the first begins at `start`, and empty ones are left out."""
    counts: Counter[int] = Counter()
    with store.read() as tx:
        for source in sources:
            counts.update(source.spans(tx, asked, start=start, span_us=span_us))
    return counts


def tally_events(
    store: Store, asked: EventFilter, *, by_resource: bool, sources: Sequence[EventSource] = SOURCES
) -> list[Tally]:
    """How many events there are of each name, or about each resource: the most frequent first."""
    tallied: dict[str, Tally] = {}
    with store.read() as tx:
        for source in sources:
            for tally in source.tallies(tx, asked, by_resource=by_resource):
                known = tallied.get(tally.value)
                tallied[tally.value] = tally if known is None else _together(known, tally)
    return sorted(tallied.values(), key=lambda tally: (-tally.count, tally.value))


def _together(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.value,
        other.label if one.label == one.value else one.label,
        one.count + other.count,
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
    )
