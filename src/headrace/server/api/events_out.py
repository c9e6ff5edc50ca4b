"""The WebSocket `events/out`: events that fit a filter, first those of the past that it asks for, then as they come.

Events are two kinds of rows, which are read side by side: those that were reported as such, and what runs went to, of
which the events are made here. An event is sent once: the past ends in one snapshot of the store, and what comes begins
behind that.
"""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from headrace._kernel import clock
from headrace._wire.events import EventFilter, EventOrder
from headrace._wire.schema import now
from headrace.server.api.events import received_event
from headrace.server.api.out_socket import Stream
from headrace.server.bus.bus import ListenerLost
from headrace.server.orchestration.event_matching import fits
from headrace.server.store import events, run_changes, tails
from headrace.server.store.facts import EventFacts
from headrace.server.store.transactions import Store, Tx
from headrace.server.store.watching import KEPT_SECONDS
from headrace.server.usecases.find_events import place_of
from headrace.server.usecases.find_state_events import first_keys
from headrace.server.usecases.state_events import StateKey, events_of, keys_of_changes

__all__ = ["EVENT_STREAM"]

PAGE_EVENTS: Final = 200
LONGEST_PAST: Final = timedelta(minutes=15)
FAR_AHEAD: Final = timedelta(days=365)
MOST_OF_PAST: Final = 10_000
"""So many events of each kind are sent of the past at most: the last ones."""

_Tails = tuple[tails.Tail, tails.Tail]


class _Events:
    """The events that one client asks for; see `out_socket.Pages`."""

    def __init__(self, behind: _Tails, asked: EventFilter, frame: dict[str, Any]) -> None:
        asked.occurred.since = max(asked.occurred.since, now() - LONGEST_PAST)
        if "until" not in asked.occurred.model_fields_set:  # by default a filter ends now, and would let nothing come
            asked.occurred.until = now() + FAR_AHEAD
        self._asked = asked
        self._wants_past = bool(frame.get("backfill", True))
        self._past: list[StateKey | EventFacts] = []
        self._reported = tails.TailReader("events", behind[0])
        self._changed = tails.TailReader("run_changes", behind[1])

    @property
    def is_behind(self) -> bool:
        return bool(self._past) or self._reported.is_behind or self._changed.is_behind

    def next(self, store: Store) -> list[str]:
        with store.read() as tx:
            if self._wants_past:
                self._begin_with_past(tx)
            found = self._next_of_past(tx) if self._past else self._next_to_come(tx)
        return [
            f'{{"type":"event","event":{received_event(event).model_dump_json()}}}'
            for event in found
            if fits(event, self._asked)
        ]

    def _begin_with_past(self, tx: Tx) -> None:
        self._wants_past = False
        self._reported.skip(tx)
        self._changed.skip(tx)
        latest = self._asked.model_copy(update={"order": EventOrder.DESC})
        states = first_keys(tx, latest, limit=MOST_OF_PAST)
        self._past = [*events.page(tx, latest, limit=MOST_OF_PAST), *states]
        self._past.sort(key=lambda one: (one.at, one.id) if isinstance(one, StateKey) else place_of(one))

    def _next_of_past(self, tx: Tx) -> list[EventFacts]:
        page, self._past = self._past[:PAGE_EVENTS], self._past[PAGE_EVENTS:]
        made = {event.id: event for event in events_of(tx, [one for one in page if isinstance(one, StateKey)])}
        found = [made.get(one.id) if isinstance(one, StateKey) else one for one in page]
        return [event for event in found if event is not None]

    def _next_to_come(self, tx: Tx) -> list[EventFacts]:
        reported = self._reported.read(tx, partial(events.read_stored, tx, limit=PAGE_EVENTS), PAGE_EVENTS)
        changes = self._changed.read(tx, partial(run_changes.between, tx, limit=PAGE_EVENTS), PAGE_EVENTS)
        if clock.monotonic() - self._changed.reads_since > KEPT_SECONDS / 2:
            raise ListenerLost  # the client is slow, and what runs went to is not kept for ever
        states = events_of(tx, keys_of_changes(changes, self._asked))
        return sorted([*reported, *states], key=lambda event: event.occurred_at)


def _end(store: Store) -> _Tails:
    with store.read() as tx:
        return tails.at_end(tx, "events"), tails.at_end(tx, "run_changes")


EVENT_STREAM: Final = Stream(frozenset(("events", "runs")), EventFilter, _end, _Events)
