"""Events of runs' states: found and counted as a plain reading of all of them finds and counts them."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace._kernel.ids import id_text, new_id, task_run_of
from headrace._records import StateRecord
from headrace._wire.events import EventFilter
from headrace._wire.schema import instant
from headrace.server.orchestration.event_matching import fits
from headrace.server.orchestration.state_events import flow_run_event, is_told_by_events, task_run_event
from headrace.server.store import events, run_changes, run_states
from headrace.server.store.changes import FlowRunRow, TaskRunRow
from headrace.server.store.deletions import delete_closed_journals
from headrace.server.store.facts import EventFacts
from headrace.server.store.state_ids import with_own_id
from headrace.server.store.transactions import Store
from headrace.server.usecases import find_state_events
from headrace.server.usecases.find_events import (
    count_events,
    count_events_in_spans,
    find_events,
    place_of,
    tally_events,
)
from tests.support.databases import DATABASES, empty_store
from tests.support.rows import AT, apply, flow_run, journal, state, task_run

SECOND = 1_000_000
HOUR = 3_600 * SECOND
FIRST, LAST = AT - 400 * HOUR, AT + 400 * HOUR
NAMES = ("nightly", "hourly")
TAGS = ("red", "blue", "prefect.flow.x")
TYPES = ("PENDING", "RUNNING", "COMPLETED")


def journey(pick: random.Random, begin: int, types: Sequence[str] = TYPES) -> tuple[StateRecord, ...]:
    """States of a run that may last anything from no time to days."""
    steps = [pick.choice((0, 0, 1, 50, 90_000, SECOND, 70 * SECOND, HOUR, 100 * HOUR)) for _ in types]
    return tuple(
        state(kind, number, begin + sum(steps[:number]), name=pick.choice((kind.capitalize(), "Own")))
        for number, kind in enumerate(types)
    )


def populate(store: Store) -> None:
    """Flows, runs and task runs of all kinds, many of them at one instant, and events that were reported."""
    pick, owner = random.Random(7), journal(id=new_id())
    begins = [AT + pick.choice((0, 0, 1, SECOND, -HOUR, 30 * HOUR, -90 * HOUR)) for _ in range(60)]
    runs = [_flow_run(pick, begin, owner.id) for begin in begins[:25]]
    apply(store, *runs, journal=owner)
    rows: list[TaskRunRow] = []
    for number, begin in enumerate(begins):
        parent = pick.choice((*runs[:6], None))
        rows.append(_task_run(pick, begin, parent, owner.id, number))
    for run in runs[20:]:  # stand for subflows
        shown = with_child(journey(pick, run.created_at), run.id)
        rows.append(task_run(*shown, id=task_run_of(run.id), flow_run_id=runs[0].id, journal_id=owner.id, name="sub"))
    at_once = [_task_run(random.Random(1), AT + 5, runs[6], owner.id, 100 + number) for number in range(30)]
    apply(store, *rows, *at_once)
    reported = [
        EventFacts(new_id(), AT + number, AT, "prefect.flow-run.heartbeat", {"prefect.resource.id": of(run)})
        for number, run in enumerate(runs[:4])
    ]
    reported.append(EventFacts(new_id(), AT - 500 * HOUR, AT, "too.early", {"prefect.resource.id": "x"}))
    with store.step() as tx:
        events.append(tx, reported)


def _flow_run(pick: random.Random, begin: int, journal_id: bytes) -> FlowRunRow:
    history = journey(pick, begin)[: pick.choice((1, 2, 3))]
    run_id, parent = new_id(), pick.random() < 0.3
    return flow_run(
        history[-1],
        id=run_id,
        new_states=history,
        flow_name=pick.choice(NAMES),
        name=pick.choice(("able-otter", "brave-newt")),
        tags=tuple(pick.sample(TAGS, pick.randrange(3))),
        created_at=begin,
        parent_task_run_id=task_run_of(run_id) if parent else None,
        journal_id=pick.choice((journal_id, None)),
    )


def _task_run(pick: random.Random, begin: int, parent: FlowRunRow | None, journal_id: bytes, number: int) -> TaskRunRow:
    kind = pick.choice(("journal", "journal", "told", "api"))
    history = journey(pick, begin, TYPES * pick.choice((1, 1, 1, 6)))[: pick.choice((1, 2, 3, 18))]
    if kind == "told":
        history = tuple(with_own_id(one, new_id()) for one in history)
    started = next((one.at for one in history if one.type == "RUNNING"), None)
    return task_run(
        *history,
        name=f"say-{number}",
        flow_run_id=parent and parent.id,
        tags=tuple(pick.sample(TAGS, pick.randrange(3))),
        start_at=started,
        journal_id=journal_id if kind == "journal" else None,
    )


def with_child(history: Sequence[StateRecord], run_id: bytes) -> list[StateRecord]:
    """The states of a task run that stands for a flow run."""
    child = {"child_flow_run_id": id_text(run_id)}
    return [state(one.type, one.ordinal, one.at, details=child) for one in history]


def of(run: FlowRunRow | TaskRunRow) -> str:
    """A run as resources are known."""
    return f"prefect.{'flow-run' if isinstance(run, FlowRunRow) else 'task-run'}.{id_text(run.id)}"


def all_events(store: Store) -> list[EventFacts]:
    """Every event that there is, from whole tables."""
    found: list[EventFacts] = []
    with store.read() as tx:
        runs = [row[0] for row in tx.execute("SELECT id FROM flow_runs")]
        about, histories = run_changes.flow_runs_about(tx, runs), run_changes.flow_run_histories(tx, runs)
        for run_id, history in histories.items():
            found += [flow_run_event(about[run_id], history, number) for number in range(len(history))]
        for run in run_changes.task_runs_about(tx, [row[0] for row in tx.execute("SELECT id FROM task_runs")]).values():
            for number, one in enumerate(run.facts.history):
                if is_told_by_events(one, is_of_journal=run.is_of_journal):
                    found.append(task_run_event(run, number))
        found += events.page(tx, asked(occurred={"since": instant(0), "until": instant(LAST)}), limit=1_000)
    return found


class Filled:
    """A store, all of its events, and what filters may name of it."""

    def __init__(self, store: Store) -> None:
        populate(store)
        self.store = store
        self.events = all_events(store)
        resources = sorted({one.resource["prefect.resource.id"] for one in self.events})
        related = sorted({other["prefect.resource.id"] for one in self.events for other in one.related})
        # Picked alike for both databases, though ids are random.
        self.named = [*resources[:: max(1, len(resources) // 5)], *related, "prefect.flow-run.x", "door.1"]
        self.ids = [UUID(bytes=one.id) for one in self.events[::9]]


@pytest.fixture(scope="module", params=DATABASES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Filled]:
    with empty_store(request.param, tmp_path_factory.mktemp("states")) as store, pytest.MonkeyPatch.context() as patch:
        # So little at once that each bound is met.
        patch.setattr(run_states, "CHUNK_ROWS", 7)
        patch.setattr(find_state_events, "MOST_BESIDE", 10)
        patch.setattr(find_state_events, "FEW_RUNS", 8)
        patch.setattr(find_state_events, "EVENTS_AT_ONCE", 5)
        yield Filled(store)


def asked(**parts: Any) -> EventFilter:
    """A filter of the time in which tests play, unless it says another."""
    parts.setdefault("occurred", {"since": instant(FIRST), "until": instant(LAST)})
    return EventFilter.model_validate(parts)


def _some(values: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), max_size=2)


def _parts(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


# Numbers that a test turns into the ids of its own store.
_named = st.lists(st.integers(0, 30), max_size=3)
_labels = _parts(
    **{
        "prefect.resource.id": _named,
        "prefect.state-type": _some(TYPES),
        "prefect.resource.name": st.sampled_from(("say-*", "able-otter", "!brave-newt", "red")),
    }
)
_about = {"id": _named, "labels": _labels}
_prefixes = _some(("prefect.", "prefect.task-run.", "prefect.flow-run", "prefect.flow-run.0", "x"))
_related = _parts(
    **_about,
    role=_some(("flow", "flow-run", "tag", "task-run")),
    resources_in_roles=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(("flow", "tag"))), max_size=1),
)
_either = _parts(**_about, id_prefix=_prefixes)
_bounds = st.sampled_from([instant(AT + at) for at in (-HOUR, -1, 0, 1, 5, SECOND, HOUR, 31 * HOUR, 90 * HOUR)])
FILTERS = _parts(
    event=_parts(
        prefix=_some(("prefect.", "prefect.task-run.", "prefect.flow-run.R", "prefect.flow-run", "door")),
        exclude_prefix=_some(("prefect.task-run.", "prefect.flow-run.P")),
        name=_some(("prefect.task-run.Running", "prefect.flow-run.Own", "prefect.flow-run.heartbeat")),
        exclude_name=_some(("prefect.task-run.Completed",)),
    ),
    resource=_parts(**_about, id_prefix=_prefixes),
    related=_related | st.lists(_related, max_size=2),
    any_resource=_either | st.lists(_either, max_size=2),
    id=_parts(id=_named),
    text=st.fixed_dictionaries({"query": st.sampled_from(("nightly", "say-7", "-running"))}),
    occurred=st.fixed_dictionaries({"since": _bounds, "until": _bounds}),
    order=st.sampled_from(("ASC", "DESC")),
)


def _of_store(filled: Filled, parts: Any) -> Any:
    """The filter with the store's own ids in place of numbers."""
    if isinstance(parts, dict):
        return {name: _of_store(filled, part) for name, part in parts.items()}
    if isinstance(parts, list | tuple):
        return [_of_store(filled, part) for part in parts]
    return filled.named[parts % len(filled.named)] if isinstance(parts, int) else parts


def question_of(filled: Filled, parts: dict[str, Any]) -> EventFilter:
    """The filter, of the filled store."""
    made = {name: _of_store(filled, part) for name, part in parts.items() if name != "id"}
    if "id" in parts:
        made["id"] = {"id": [filled.ids[one % len(filled.ids)] for one in parts["id"].get("id", [])]}
    return asked(**made)


def expected(filled: Filled, question: EventFilter) -> list[EventFacts]:
    """What a plain reading finds."""
    hits = [one for one in filled.events if fits(one, question)]
    return sorted(hits, key=place_of, reverse=question.order == "DESC")


def test_what_a_journal_told_is_told_after_it_was_forgotten(store: Store) -> None:
    owner, kept = journal(id=new_id(), closed_at=AT), journal(id=new_id())
    apply(store, task_run(journal_id=owner.id), journal=owner)
    apply(store, journal=kept)
    before = find_events(store, asked(), limit=9)
    with store.step() as tx:
        assert delete_closed_journals(tx, closed_before=AT + 1) == 1
    assert len(before) == 3
    assert find_events(store, asked(), limit=9) == before
    assert count_events(store, asked()) == 3


def test_a_page_is_found_among_runs_that_all_last_for_days(store: Store) -> None:
    """Where everything lasts, a span of time holds many runs, however short it is, and few of their states."""
    owner = journal(id=new_id())
    states = [(state("PENDING", 0, AT + n), state("COMPLETED", 1, AT + 99 * HOUR + n)) for n in range(3_000)]
    apply(store, *(task_run(*history, journal_id=owner.id) for history in states), journal=owner)
    (first, second) = find_events(store, asked(order="ASC"), limit=2, behind=(AT + 10 * HOUR, bytes(16)))
    assert (first.occurred_at, second.occurred_at) == (AT + 99 * HOUR, AT + 99 * HOUR + 1)


@settings(max_examples=150, deadline=None)
@given(parts=FILTERS)
def test_filters_find_and_count_what_a_plain_reading_does(filled: Filled, parts: dict[str, Any]) -> None:
    question = question_of(filled, parts)
    wanted = expected(filled, question)
    assert [place_of(one) for one in find_events(filled.store, question, limit=10_000)] == [*map(place_of, wanted)]
    assert count_events(filled.store, question) == len(wanted)
    spans = count_events_in_spans(filled.store, question, start=FIRST, span_us=HOUR)
    assert {span: count for span, count in spans.items() if count} == Counter(
        (one.occurred_at - FIRST) // HOUR for one in wanted
    )
    for by_resource in (False, True):
        tallied = tally_events(filled.store, question, by_resource=by_resource)
        groups: dict[str, list[int]] = {}
        for one in wanted:
            value = one.resource["prefect.resource.id"] if by_resource else one.event
            groups.setdefault(value, []).append(one.occurred_at)
        assert {one.value: (one.count, one.first_at, one.last_at) for one in tallied} == {
            value: (len(instants), min(instants), max(instants)) for value, instants in groups.items()
        }


@settings(max_examples=20, deadline=None)
@given(parts=FILTERS, size=st.integers(9, 80))
def test_pages_lie_one_behind_the_other(filled: Filled, parts: dict[str, Any], size: int) -> None:
    question, behind, seen = question_of(filled, parts), None, list[bytes]()
    while some := find_events(filled.store, question, limit=size, behind=behind):
        seen += [one.id for one in some]
        behind = place_of(some[-1])
    assert seen == [one.id for one in expected(filled, question)]


@settings(max_examples=20, deadline=None)
@given(parts=FILTERS, size=st.integers(9, 80))
def test_distinct_resources_show_the_first_event_of_each(filled: Filled, parts: dict[str, Any], size: int) -> None:
    question = question_of(filled, parts | {"resource": {**parts.get("resource", {}), "distinct": "yes"}})
    first: dict[str, EventFacts] = {}
    for one in expected(filled, question):
        first.setdefault(one.resource["prefect.resource.id"], one)
    behind, seen = None, list[bytes]()
    while some := find_events(filled.store, question, limit=size, behind=behind):
        seen += [one.id for one in some]
        behind = place_of(some[-1])
    assert seen == [one.id for one in first.values()]
    assert count_events(filled.store, question) == len(first)
