"""Events: stored once each, in whichever order they come; found by filters as a plain reading finds them."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace._kernel.ids import new_id
from headrace._wire.events import EventFilter
from headrace._wire.schema import instant
from headrace.server.orchestration.event_matching import fits
from headrace.server.store import events
from headrace.server.store.deletions import delete_everything
from headrace.server.store.facts import EventFacts
from headrace.server.store.opening import open_store
from headrace.server.store.pruning import delete_events
from headrace.server.store.transactions import Store, Tx
from headrace.server.usecases.find_events import (
    count_events,
    count_events_in_spans,
    find_events,
    place_of,
    tally_events,
)
from headrace.server.usecases.prune import DAY, prune
from tests.support.databases import DATABASES, empty_store
from tests.support.rows import AT

NAMES = ("door.opened", "door.Opened", "door.shut", "window.opened", "50%", "a_b")
IDS = ("door.1", "door.10", "Door.1", "window.1", "w_1", "w%", 'quo"te')
LABELS = ("color", "size", "O'Hara \\", 'quo"te')
VALUES = ("red", "redder", "Blue", "", "\u00fcber")
ROLES = ("house", "owner")
WORDS = ("needle", "hay", "Stack", "door")
INSTANTS = tuple(AT + number for number in range(5))


def event(name: str = "door.opened", resource_id: str = "door.1", at: int = AT, **fields: Any) -> EventFacts:
    """An event that a test says something about."""
    known = {"id": new_id(), "received_at": at, "resource": {"prefect.resource.id": resource_id}}
    return EventFacts(**{"event": name, "occurred_at": at, **known, **fields})


def related(resource_id: str, role: str, **labels: str) -> dict[str, str]:
    """A resource in a role."""
    return {"prefect.resource.id": resource_id, "prefect.resource.role": role, **labels}


def asked(**parts: Any) -> EventFilter:
    """A filter of the time in which tests play, unless it says another."""
    parts.setdefault("occurred", {"since": instant(AT - 1), "until": instant(AT + 1_000)})
    return EventFilter.model_validate(parts)


def append(store: Store, *rows: EventFacts) -> list[EventFacts]:
    with store.step() as tx:
        return events.append(tx, rows)


def found(store: Store, question: EventFilter, limit: int = 1_000, behind: events.Place | None = None) -> list[Any]:
    with store.read() as tx:
        return events.page(tx, question, limit=limit, behind=behind)


def test_an_event_comes_back_as_it_was_told(store: Store) -> None:
    told = event(
        related=(related("house.1", "house", color="red"),), payload=b'{"a":[1,2.5,null,"\xc3\xbc"]}', follows=new_id()
    )
    assert append(store, told) == [told]
    (read,) = found(store, asked())
    assert (read.id, read.resource, read.related, read.follows) == (told.id, told.resource, told.related, told.follows)
    assert (read.occurred_at, read.received_at) == (told.occurred_at, told.received_at)
    assert read.payload.replace(b" ", b"") == told.payload


def test_an_event_that_comes_again_is_not_stored_again(store: Store) -> None:
    first, second = event(at=AT), event(at=AT + 1)
    assert append(store, first, first) == [first]
    assert append(store, second, first) == [second]
    assert [one.id for one in found(store, asked(order="ASC"))] == [first.id, second.id]


def test_more_events_than_a_statement_takes_are_stored_all(store: Store) -> None:
    many = [event(at=AT + number) for number in range(2 * 64 + 3)]
    assert len(append(store, *many)) == len(many)
    assert [one.id for one in found(store, asked(order="ASC"))] == [one.id for one in many]


def test_events_are_found_by_resources_only_as_long_as_they_are_there(store: Store) -> None:
    append(store, event(related=(related("x", "house"), related("x", "owner"))), event(resource_id="x"))
    with store.read() as tx:
        assert tx.execute("SELECT count(*) FROM event_resources") == [(3,)]
    with store.write() as tx:
        assert delete_events(tx, before=AT) == 0
        assert delete_events(tx, before=AT + 1) == 2
    with store.read() as tx:
        assert tx.execute("SELECT count(*) FROM event_resources") == [(0,)]
    append(store, event(related=(related("x", "house"),)))
    with store.write() as tx:
        delete_everything(tx)
    with store.read() as tx:
        assert tx.execute("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM event_resources)") == [(0,)]


def test_old_events_are_pruned_with_old_lines(store: Store) -> None:
    append(store, event("old", at=AT), event("young", at=AT + 2 * DAY))
    for days, left in ((0, 2), (30, 2), (1, 1)):
        prune(store, log_days=days, now=AT + 2 * DAY, budget_seconds=60)
        with store.read() as tx:
            assert tx.execute("SELECT count(*) FROM events") == [(left,)]


# What filters find, beside a plain reading


def _population() -> list[EventFacts]:
    pick = random.Random(11)

    def labels() -> dict[str, str]:
        return {name: pick.choice(VALUES) for name in pick.sample(LABELS, pick.randrange(3))}

    def some() -> EventFacts:
        return event(
            pick.choice(NAMES),
            at=pick.choice(INSTANTS),
            resource={"prefect.resource.id": pick.choice(IDS), **labels()},
            related=tuple(related(pick.choice(IDS), pick.choice(ROLES), **labels()) for _ in range(pick.randrange(3))),
            payload=b'{"said":"%s"}' % pick.choice(WORDS).encode(),
        )

    return [some() for _ in range(150)]


POPULATION = _population()


@pytest.fixture(scope="module", params=DATABASES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Store]:
    with empty_store(request.param, tmp_path_factory.mktemp("events")) as store:
        append(store, *POPULATION)
        yield store


def _some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2)


def _parts(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


_value = st.builds(
    lambda is_not, value, rest: is_not + value + rest,
    st.sampled_from(("", "!")),
    st.sampled_from(VALUES),
    st.sampled_from(("", "*")),
)
_labels = st.dictionaries(st.sampled_from(LABELS), _value | st.lists(_value, max_size=2), max_size=2)
_resource = {"id": _some(IDS), "id_prefix": _some(("door", "w", "d", "w_")), "labels": _labels}
_related = _parts(
    id=_some(IDS),
    role=_some(ROLES),
    labels=_labels,
    resources_in_roles=st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(ROLES)), max_size=2),
)
_any_resource = _parts(**_resource)
_bounds = st.sampled_from([instant(at) for at in (AT - 1, *INSTANTS, AT + 9)])
FILTERS = _parts(
    event=_parts(
        prefix=_some(("door.", "door.o", "w", "50%", "a%")),
        exclude_prefix=_some(("door.o", "w")),
        name=_some(NAMES),
        exclude_name=_some(NAMES),
    ),
    resource=_parts(**_resource),
    related=_related | st.lists(_related, max_size=2),
    any_resource=_any_resource | st.lists(_any_resource, max_size=2),
    id=_parts(id=st.lists(st.sampled_from([UUID(bytes=one.id) for one in POPULATION[:5]]), max_size=3)),
    text=st.fixed_dictionaries(
        {"query": st.sampled_from(("needle", "HAY stack", "+door -opened", "!red", "", "over"))}
    ),
    occurred=st.fixed_dictionaries({"since": _bounds, "until": _bounds}),
    order=st.sampled_from(("ASC", "DESC")),
)


def _expected(question: EventFilter) -> list[EventFacts]:
    hits = [one for one in POPULATION if fits(one, question)]
    return sorted(hits, key=lambda one: (one.occurred_at, one.id), reverse=question.order == "DESC")


@settings(max_examples=250, deadline=None)
@given(parts=FILTERS)
def test_filters_find_what_a_plain_reading_finds(filled: Store, parts: dict[str, Any]) -> None:
    question = asked(**parts)
    expected = _expected(question)
    assert [one.id for one in found(filled, question)] == [one.id for one in expected]
    with filled.read() as tx:
        assert events.count(tx, question) == len(expected)
        tallied = {tally.value: tally for tally in events.tallies(tx, question, by_resource=False)}
        spans = events.spans(tx, question, start=AT - 4, span_us=3)
    assert {name: tally.count for name, tally in tallied.items()} == Counter(one.event for one in expected)
    for name, tally in tallied.items():
        instants = [one.occurred_at for one in expected if one.event == name]
        assert (tally.label, tally.first_at, tally.last_at) == (name, min(instants), max(instants))
    assert spans == Counter((one.occurred_at - AT + 4) // 3 for one in expected)


@settings(max_examples=30, deadline=None)
@given(parts=FILTERS, size=st.integers(1, 20))
def test_pages_lie_one_behind_the_other(filled: Store, parts: dict[str, Any], size: int) -> None:
    question, place, seen = asked(**parts), None, list[bytes]()
    while some := found(filled, question, size, place):
        seen += [one.id for one in some]
        place = some[-1].occurred_at, some[-1].id
    assert seen == [one.id for one in _expected(question)]


@settings(max_examples=50, deadline=None)
@given(parts=FILTERS)
def test_distinct_resources_show_the_first_event_of_each(filled: Store, parts: dict[str, Any]) -> None:
    question = asked(**parts | {"resource": {**parts.get("resource", {}), "distinct": True}})
    first: dict[str, EventFacts] = {}
    for one in _expected(question):
        first.setdefault(one.resource["prefect.resource.id"], one)
    assert [one.id for one in found(filled, question)] == [one.id for one in first.values()]
    with filled.read() as tx:
        assert events.count(tx, question) == len(first)


def test_resources_are_counted_under_their_names(store: Store) -> None:
    for number in range(3):
        named = {"prefect.resource.name": f"Front {number}"} if number else {}
        append(store, event(at=AT + number, resource={"prefect.resource.id": "door.1", **named}))
    append(store, event(resource={"prefect.resource.id": "w", "prefect.name": "West"}), event(resource_id="plain"))
    with store.read() as tx:
        tallied = events.tallies(tx, asked(), by_resource=True)
    assert sorted(tallied, key=lambda tally: tally.value) == [
        events.Tally("door.1", "Front 2", 3, AT, AT + 2),
        events.Tally("plain", "plain", 1, AT, AT),
        events.Tally("w", "West", 1, AT, AT),
    ]


def test_sources_are_read_as_one(store: Store, tmp_path: Path) -> None:
    """A second source is as good as rows of the first: here it is another table, in another store."""

    class Elsewhere:
        """Events of another store."""

        def __init__(self, other: Store) -> None:
            self._other = other

        def page(self, tx: Tx, asked: EventFilter, *, limit: int, behind: Any = None) -> list[EventFacts]:
            with self._other.read() as there:
                return events.page(there, asked, limit=limit, behind=behind)

        def count(self, tx: Tx, asked: EventFilter) -> int:
            with self._other.read() as there:
                return events.count(there, asked)

        def spans(self, tx: Tx, asked: EventFilter, *, start: int, span_us: int) -> dict[int, int]:
            with self._other.read() as there:
                return events.spans(there, asked, start=start, span_us=span_us)

        def tallies(self, tx: Tx, asked: EventFilter, *, by_resource: bool) -> list[events.Tally]:
            with self._other.read() as there:
                return events.tallies(there, asked, by_resource=by_resource)

    other = open_store(f"sqlite:///{tmp_path}/other.db")
    whole = [event(NAMES[number % 3], at=AT + number // 2) for number in range(12)]
    append(store, *whole[:12:2])
    append(other, *whole[1::2])
    sources = (events, Elsewhere(other))
    question, place, seen = asked(order="ASC"), None, list[bytes]()
    while some := find_events(store, question, limit=5, behind=place, sources=sources):
        seen += [one.id for one in some]
        place = place_of(some[-1])
    assert seen == [one.id for one in sorted(whole, key=place_of)]
    assert count_events(store, question, sources=sources) == 12
    assert count_events_in_spans(store, question, start=AT, span_us=3, sources=sources) == {0: 6, 1: 6}
    assert [tally.count for tally in tally_events(store, question, by_resource=False, sources=sources)] == [4, 4, 4]
    assert [tally.count for tally in tally_events(store, question, by_resource=True, sources=sources)] == [12]
    other.close()
