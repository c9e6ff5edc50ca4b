"""Handlers of the routes about events."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Final

import msgspec
from pydantic import ValidationError
from pydantic_core import to_json

from headrace._kernel import clock
from headrace._kernel.ids import id_bytes
from headrace._kernel.names import MAX_KEY_BYTES
from headrace._wire.events import (
    EVENT_PAGE_LIMIT,
    RESOURCE_ID,
    Event,
    EventCount,
    EventCountQuery,
    EventFilter,
    EventPage,
    EventPageQuery,
    EventQuery,
    Events,
    ReceivedEvent,
    TimeUnit,
)
from headrace._wire.schema import instant, microseconds
from headrace.server.api.errors import RequestInvalid, TooManySpans
from headrace.server.api.task_run_events import told_state
from headrace.server.store.errors import RowRefused
from headrace.server.store.events import Place
from headrace.server.store.facts import EventFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.find_events import (
    count_events,
    count_events_in_spans,
    find_events,
    place_of,
    tally_events,
)
from headrace.server.usecases.nul import holds_nul, without_nul
from headrace.server.usecases.record_events import record_events, record_told_states
from headrace.server.usecases.told_task_runs import ToldState
from headrace.settings import process_settings

__all__ = ["count_events_by", "create_events", "read_events", "read_next_events", "received_event", "sorted_events"]

_COUNTABLE: Final = ("day", "time", "event", "resource")
_SECONDS: Final = {TimeUnit.week: 604_800, TimeUnit.day: 86_400, TimeUnit.hour: 3_600, TimeUnit.minute: 60}
_MOST_SPANS: Final = 1_000
_LONGEST_SPAN_US: Final = 1 << 60  # longer than time, as far as it can be written
# Weeks begin on Mondays, all other spans where those since this day end.
_FIRST_MONDAY: Final = microseconds(datetime(1969, 12, 29, tzinfo=UTC))
_NO_TEXTS: Final = {"id", "occurred", "follows"}
_FIRST: Final = microseconds(datetime.min.replace(tzinfo=UTC))
_LAST: Final = microseconds(datetime.max.replace(tzinfo=UTC))


_Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
_Instant = Annotated[int, msgspec.Meta(ge=_FIRST, le=_LAST)]


class _Token(msgspec.Struct, array_like=True):
    """What the next page is to know of the one before."""

    filter: str
    limit: _Count
    total: _Count
    behind: tuple[_Instant, str]


_decode_token = msgspec.json.Decoder(_Token).decode


def create_events(store: Store, events: Events) -> None:
    """Records events."""
    now = clock.now()
    told, others = sorted_events(events, now, rejects_nul=store.dialect.rejects_nul)
    record_told_states(store, told, now=now)
    record_events(store, others)


def read_events(store: Store, query: EventQuery, api_url: str) -> EventPage:
    """The first page of the events that fit the filter."""
    asked = query.filter or EventFilter()
    return _page(store, asked, query.limit, count_events(store, asked), None, api_url)


def read_next_events(store: Store, query: EventPageQuery, api_url: str) -> EventPage:
    """The page behind another one, which named it."""
    try:
        token = _decode_token(urlsafe_b64decode(query.page_token))
        asked, behind = EventFilter.model_validate_json(token.filter), (token.behind[0], id_bytes(token.behind[1]))
    except (ValueError, msgspec.DecodeError, ValidationError):
        message = "This names no page: take it from `next_page` of another page"
        where = ["query", "page-token"]
        raise RequestInvalid(
            [{"type": "page_token", "loc": where, "msg": message, "input": query.page_token}]
        ) from None
    return _page(store, asked, min(token.limit, EVENT_PAGE_LIMIT), token.total, behind, api_url)


def _page(store: Store, asked: EventFilter, limit: int, total: int, behind: Place | None, api_url: str) -> EventPage:
    found = find_events(store, asked, limit=limit + 1, behind=behind) if limit else []
    shown, next_page = found[:limit], None
    if len(found) > limit:
        at, event_id = place_of(shown[-1])
        token = _Token(asked.model_dump_json(exclude_none=True), limit, total, (at, event_id.hex()))
        next_page = f"{api_url}/events/filter/next?page-token={urlsafe_b64encode(msgspec.json.encode(token)).decode()}"
    return EventPage.model_validate(
        {"events": [received_event(event) for event in shown], "total": total, "next_page": next_page}
    )


def count_events_by(store: Store, countable: str, query: EventCountQuery) -> list[EventCount]:
    """How many events fit the filter, by spans of time, by their names, or by the resources they are about."""
    if countable not in _COUNTABLE:
        message = "Input should be 'day', 'time', 'event' or 'resource'"
        raise RequestInvalid([{"type": "enum", "loc": ["path", "countable"], "msg": message, "input": countable}])
    if countable in ("event", "resource"):
        return [
            EventCount(
                value=tally.value,
                label=tally.label,
                count=tally.count,
                start_time=instant(tally.first_at),
                end_time=instant(tally.last_at),
            )
            for tally in tally_events(store, query.filter, by_resource=countable == "resource")
        ]
    if countable == "day":
        return _in_spans(store, query.filter, TimeUnit.day, 1)
    return _in_spans(store, query.filter, query.time_unit, query.time_interval)


def _in_spans(store: Store, asked: EventFilter, unit: TimeUnit, interval: float) -> list[EventCount]:
    span_us = round(min(_SECONDS.get(unit, 1) * interval * 1_000_000, _LONGEST_SPAN_US))
    origin = _FIRST_MONDAY if unit is TimeUnit.week else 0
    since, until = microseconds(asked.occurred.since), microseconds(asked.occurred.until)
    start = since - (since - origin) % span_us
    number = max(0, -(-(until - start) // span_us))
    if number > _MOST_SPANS:
        raise TooManySpans(
            f"The given interval would create {number} buckets, which is too many. Please increase the interval or "
            f"reduce the time range to produce {_MOST_SPANS} buckets or fewer."
        )
    counts = count_events_in_spans(store, asked, start=start, span_us=span_us)
    number = max([number, *(index + 1 for index in counts)])  # one that occurred at the very end
    return [
        EventCount(
            value=str(index),
            label=_in_bounds(start + index * span_us).isoformat(),
            count=counts.get(index, 0),
            start_time=_in_bounds(start + index * span_us),
            end_time=_in_bounds(start + (index + 1) * span_us - 1),
        )
        for index in range(number)
    ]


def _in_bounds(at: int) -> datetime:
    """An instant, or the first or the last that can be written."""
    return instant(min(max(at, _FIRST), _LAST))


def sorted_events(events: Iterable[Event], now: int, *, rejects_nul: bool) -> tuple[list[ToldState], list[EventFacts]]:
    """Events that have come, as the store takes them: those that tell states of task runs, and all others.

    RowRefused where one of the others is too large; what runs came to is taken whatever its size.
    """
    told: list[ToldState] = []
    others: list[EventFacts] = []
    for event in events:
        kept = event
        if rejects_nul and holds_nul(event.model_dump(exclude=_NO_TEXTS)):
            kept = Event.model_validate(without_nul(event.model_dump()))
        state = told_state(kept)
        if state is None:
            others.append(_event_facts(kept, now))
        else:
            told.append(state)
    return told, others


def _event_facts(event: Event, now: int) -> EventFacts:
    facts = EventFacts(
        event.id.bytes,
        microseconds(event.occurred),
        now,
        event.event,
        event.resource.root,
        tuple(one.root for one in event.related),
        to_json(event.payload, inf_nan_mode="null"),
        None if event.follows is None else event.follows.bytes,
    )
    _refuse_too_large(event, facts)
    return facts


def _refuse_too_large(event: Event, facts: EventFacts) -> None:
    """RowRefused for an event that is larger than is taken, or about what could not be found by its id."""
    resources = (facts.resource, *facts.related)
    for labels in resources:
        size = len(labels[RESOURCE_ID].encode())
        if size > MAX_KEY_BYTES:
            raise RowRefused(
                f"A {RESOURCE_ID} of the event {event.id} has {size} bytes in UTF-8, and at most {MAX_KEY_BYTES} are "
                "taken."
            )
    size = len(facts.payload) + sum(len(name) + len(value) for labels in resources for name, value in labels.items())
    if size > _most_bytes():
        raise RowRefused(
            f"The event {event.id} has {size} bytes, and at most {_most_bytes()} are taken "
            "(HEADRACE_SERVER_EVENTS_MAXIMUM_SIZE_BYTES)."
        )


@cache
def _most_bytes() -> int:
    return process_settings().server.events.maximum_size_bytes


def received_event(facts: EventFacts) -> ReceivedEvent:
    """An event as it is answered."""
    return ReceivedEvent.model_validate(
        {
            "id": facts.id,
            "occurred": instant(facts.occurred_at),
            "received": instant(facts.received_at),
            "event": facts.event,
            "resource": dict(facts.resource),
            "related": [dict(one) for one in facts.related],
            "payload": msgspec.json.decode(facts.payload),
            "follows": facts.follows,
        }
    )
