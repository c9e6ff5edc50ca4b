"""The events of runs' states, found and counted: a source of events beside those that were reported as such.

Nothing is stored of them but the states. A page is read from where it begins, in spans of time that grow while they
hold little and shrink before they hold much, so neither its cost nor its memory follows from how much there is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from headrace._kernel.ids import id_text, state_id
from headrace._records import CHILD_FLOW_RUN, StateRecord, decode_history
from headrace._wire.events import FLOW_RUN, TASK_RUN, EventFilter, EventOrder
from headrace.server.orchestration.event_matching import fits, is_named
from headrace.server.orchestration.state_events import is_told_by_events
from headrace.server.orchestration.state_questions import question_of
from headrace.server.store import run_states
from headrace.server.store.events import Place, Tally
from headrace.server.store.facts import EventFacts
from headrace.server.store.run_states import CountedStates, Named, RunScope
from headrace.server.store.state_ids import id_of_state
from headrace.server.store.transactions import Tx
from headrace.server.usecases.state_events import StateKey, events_of

__all__ = ["count", "first_keys", "page", "spans", "tallies"]

_FIRST_SPAN_US: Final = 60_000_000
MOST_BESIDE: Final = 500
"""A span of time in which so many states more are found than are wanted is shortened, unless it is one instant."""

FEW_RUNS: Final = 2_000
"""So many task runs, where the filter says of which flow runs, are all read."""

EVENTS_AT_ONCE: Final = 500
_CHILD: Final = CHILD_FLOW_RUN.encode()
_SHORT_ARRAY: Final = 0x90
"""With this and its length begins an array of less than 16 elements in msgpack."""

_Rows = tuple[str, Sequence[tuple[Any, ...]]]
"""Some rows of `run_states`, and how the names of their events begin."""


def page(tx: Tx, asked: EventFilter, *, limit: int, behind: Place | None = None) -> list[EventFacts]:
    """The events of states that a filter asks for, in its order, behind a place."""
    return events_of(tx, first_keys(tx, asked, limit=limit, behind=behind))


def first_keys(tx: Tx, asked: EventFilter, *, limit: int, behind: Place | None = None) -> list[StateKey]:
    """The states of these events."""
    reader = _Reader(tx, asked, is_distinct=asked.is_distinct)
    low, high = reader.extent()
    if behind is not None:
        low, high = (max(low, behind[0]), high) if reader.is_ascending else (low, min(high, behind[0]))
    found: list[StateKey] = []
    span = _FIRST_SPAN_US if reader.goes_by_time else max(0, high - low)
    while low <= high and len(found) < limit:
        since, until = (low, min(high, low + span)) if reader.is_ascending else (max(low, high - span), high)
        keys = reader.first_between(since, until, limit - len(found), behind)
        if keys is None:
            span = (until - since) // 16
            continue
        found += keys
        low, high = (until + 1, high) if reader.is_ascending else (low, since - 1)
        span = 4 * span + 1
    return found


def count(tx: Tx, asked: EventFilter) -> int:
    """How many events of states a filter asks for."""
    if asked.is_distinct:
        return len(tallies(tx, asked, by_resource=True))
    reader = _Reader(tx, asked)
    return sum(state.count for state in reader.counted_flow_run_states()) + reader.count_others()


def spans(tx: Tx, asked: EventFilter, *, start: int, span_us: int) -> dict[int, int]:
    """How many of them occurred in which span; see `store.events.spans`."""
    reader = _Reader(tx, asked)
    counts: Counter[int] = Counter()
    for state in reader.counted_flow_run_states(f"(s.at - {start}) / {span_us}"):
        counts[state.group] += state.count
    counts.update((at - start) // span_us for *_, at in reader.other_states())
    return counts


def tallies(tx: Tx, asked: EventFilter, *, by_resource: bool) -> list[Tally]:
    """How many there are of each name, or about each resource."""
    reader = _Reader(tx, asked)
    found: dict[tuple[str, Any], Tally] = {}

    def add(kind: str, value: Any, count: int, first_at: int, last_at: int) -> None:
        known = found.get((kind, value))
        if known is not None:
            count, first_at, last_at = count + known.count, min(first_at, known.first_at), max(last_at, known.last_at)
        found[kind, value] = Tally("", "", count, first_at, last_at)

    for state in reader.counted_flow_run_states("s.flow_run_id" if by_resource else "0"):
        value = state.group if by_resource else state.name
        add(FLOW_RUN, value, state.count, state.first_at, state.last_at)
    for kind, run_id, name, at in reader.other_states():
        add(kind, run_id if by_resource else name, 1, at, at)
    if not by_resource:
        return [replace(tally, value=kind + name, label=kind + name) for (kind, name), tally in found.items()]
    names = run_states.run_names(tx, [run_id for _, run_id in found])
    return [
        replace(tally, value=kind + id_text(run_id), label=names.get(run_id, kind + id_text(run_id)))
        for (kind, run_id), tally in found.items()
    ]


class _Reader:
    """Reads the states that one filter asks for."""

    def __init__(self, tx: Tx, asked: EventFilter, *, is_distinct: bool = False) -> None:
        self._tx = tx
        self._asked = asked
        self._question = question = question_of(asked)
        self._is_distinct = is_distinct
        self._scope = RunScope(
            question.scope.about,
            tuple(run_states.known_runs(tx, part) for part in question.scope.related),
            tuple(run_states.known_runs(tx, part) for part in question.scope.either),
        )
        self._names: dict[tuple[str, str], bool] = {}
        self.since, self.until = question.since, question.until
        self.is_ascending = asked.order is EventOrder.ASC
        self.goes_by_time = not self._scope.is_narrow

    def extent(self) -> tuple[int, int]:
        """The time in which states are to be searched: less than is asked for, where few runs have many task runs."""
        if self.goes_by_time or TASK_RUN not in self._question.kinds:
            return self.since, self.until
        count, first, last = run_states.extent_of_task_runs(self._tx, self._scope)
        if count <= FEW_RUNS:
            return self.since, self.until
        self.goes_by_time = True
        of_flow_runs = run_states.count_flow_run_states(self._tx, self._scope, self.since, self.until)
        first = min(first, *(states.first_at for states in of_flow_runs), self.until)
        last = max(last, *(states.last_at for states in of_flow_runs), self.since)
        return max(first, self.since), min(last, self.until)

    def first_between(self, since: int, until: int, limit: int, behind: Place | None) -> list[StateKey] | None:
        """The first states of this time, behind a place; None where the time holds too many to read them all."""
        found: list[StateKey] = []
        for some in self._rows(since, until):
            keys = self._keys(some, since, until)
            found += [key for key in keys if since <= key.at <= until and self._is_behind(key, behind)]
            if len(found) > limit + MOST_BESIDE:
                if self.goes_by_time and since < until:
                    return None
                found = self._in_order(found)[:limit]
        return self._in_order(found)[:limit]

    def counted_flow_run_states(self, group: str = "0") -> Iterator[CountedStates]:
        """The states of flow runs, counted by SQL; none where it cannot tell which are asked for."""
        if self._is_plain and FLOW_RUN in self._question.kinds:
            for state in run_states.count_flow_run_states(self._tx, self._scope, self.since, self.until, group):
                if self._is_asked_for(FLOW_RUN, state.name):
                    yield state

    def other_states(self) -> Iterator[tuple[str, bytes, str, int]]:
        """The states that `counted_flow_run_states` does not count, in no order: kind, run, name, instant."""
        since, until = self.since, self.until
        for kind, rows in self._rows(since, until, without_flow_runs=self._is_plain):
            if self._is_plain:
                for run_id, state in self._told_states(rows, since, until):
                    yield kind, run_id, state.name, state.at
            else:
                for key in self._keys((kind, rows), since, until):
                    yield kind, key.run_id, key.name, key.at

    def count_others(self) -> int:
        """How many those are."""
        if not (self._is_plain and self._question.all_names):
            return sum(1 for _ in self.other_states())
        counted = 0
        for _, rows in self._rows(self.since, self.until, without_flow_runs=True):
            others: list[tuple[Any, ...]] = []
            for row in rows:
                _, history, is_of_journal, is_inside = row
                length = history[0] ^ _SHORT_ARRAY
                if is_inside and is_of_journal and length < 16 and _CHILD not in history:
                    counted += length
                else:
                    others.append(row)
            counted += sum(1 for _ in self._told_states(others, self.since, self.until))
        return counted

    def _rows(self, since: int, until: int, *, without_flow_runs: bool = False) -> Iterator[_Rows]:
        kinds = self._question.kinds
        if FLOW_RUN in kinds and not without_flow_runs:
            for rows in run_states.flow_run_states(self._tx, self._scope, since, until):
                yield FLOW_RUN, rows
        if TASK_RUN in kinds:
            for rows in run_states.task_run_histories(self._tx, self._scope, since, until, by_time=self.goes_by_time):
                yield TASK_RUN, rows

    def _keys(self, some: _Rows, since: int, until: int) -> list[StateKey]:
        """The states in these rows that are asked for; where one of each run is, it is the first of all time."""
        kind, rows = some
        if self._is_distinct:
            since, until = self.since, self.until
            if kind == FLOW_RUN:
                runs = RunScope(about=(Named(flow_runs=frozenset(row[0] for row in rows)),))
                rows = [row for more in run_states.flow_run_states(self._tx, runs, since, until) for row in more]
        keys = self._states_of_tasks(rows, since, until) if kind == TASK_RUN else self._states_of_flow_runs(rows)
        if self._question.ids:
            keys = [key for key in keys if key.id in self._question.ids]
        if self._question.reads_events:
            keys = [
                key
                for start in range(0, len(keys), EVENTS_AT_ONCE)
                for key in self._fitting(keys[start:][:EVENTS_AT_ONCE])
            ]
        return self._first_of_each(keys) if self._is_distinct else keys

    def _states_of_flow_runs(self, rows: Sequence[tuple[Any, ...]]) -> list[StateKey]:
        return [
            StateKey(at, state_id(run_id, attempt, ordinal), run_id, is_of_task=False, name=name)
            for run_id, attempt, ordinal, name, at in rows
            if self._is_asked_for(FLOW_RUN, name)
        ]

    def _states_of_tasks(self, rows: Sequence[tuple[Any, ...]], since: int, until: int) -> list[StateKey]:
        return [
            StateKey(state.at, id_of_state(run_id, state), run_id, is_of_task=True, name=state.name)
            for run_id, state in self._told_states(rows, since, until)
        ]

    def _told_states(
        self, rows: Sequence[tuple[Any, ...]], since: int, until: int
    ) -> Iterator[tuple[bytes, StateRecord]]:
        """The states of task runs that are asked for by their names and instants."""
        names = [name.encode() for name in self._question.names_of_tasks]
        for run_id, history, is_of_journal, _ in rows:
            if names and not any(name in history for name in names):
                continue  # without unpacking it
            for state in decode_history(history):
                if (
                    since <= state.at <= until
                    and self._is_asked_for(TASK_RUN, state.name)
                    and is_told_by_events(state, is_of_journal=is_of_journal)
                ):
                    yield run_id, state

    def _fitting(self, keys: Sequence[StateKey]) -> list[StateKey]:
        events = events_of(self._tx, keys, with_payloads=self._asked.text is not None)
        fitting = {event.id for event in events if fits(event, self._asked)}
        return [key for key in keys if key.id in fitting]

    def _first_of_each(self, keys: Sequence[StateKey]) -> list[StateKey]:
        found: dict[bytes, StateKey] = {}
        for key in self._sorted(keys):
            found.setdefault(key.run_id, key)
        return list(found.values())

    def _in_order(self, keys: Sequence[StateKey]) -> list[StateKey]:
        # The states of a flow run may be in several chunks, each of which leads to its first.
        return self._first_of_each(keys) if self._is_distinct else self._sorted(keys)

    def _sorted(self, keys: Iterable[StateKey]) -> list[StateKey]:
        return sorted(keys, reverse=not self.is_ascending)

    def _is_behind(self, key: StateKey, place: Place | None) -> bool:
        return place is None or ((key.at, key.id) > place if self.is_ascending else (key.at, key.id) < place)

    def _is_asked_for(self, kind: str, name: str) -> bool:
        known = self._names.get((kind, name))
        if known is None:
            asked = self._asked.event
            known = self._names[kind, name] = asked is None or is_named(kind + name, asked)
        return known

    @property
    def _is_plain(self) -> bool:
        """Whether the names of states, and what SQL has been told of their runs, say which are asked for."""
        return not self._question.reads_events and not self._question.ids
