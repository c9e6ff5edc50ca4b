"""The states of runs by time: what the events of states are found by, as far as SQL can say which runs are meant.

States of flow runs are rows, with an index by time. Those of a task run are packed in its row, so a span of time is
answered with all task runs that may have gone to a state in it; whoever unpacks them decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from headrace.server.store.transactions import Tx

__all__ = [
    "ANY_RUN",
    "CountedStates",
    "Named",
    "RunScope",
    "count_flow_run_states",
    "extent_of_task_runs",
    "flow_run_states",
    "known_runs",
    "run_names",
    "task_run_histories",
]

CHUNK_ROWS: Final = 300
"""So many rows, and packed histories, are in memory at once."""

# What lasted longer than the first is found by how long it lasted: the very terms of the index `task_runs_lasting`.
_BRIEF_US: Final = 10_000
_LASTED_US: Final = {1: 1_000_000, 2: 100_000_000, 3: 10_000_000_000, 4: 1_000_000_000_000}
_IS_LASTING: Final = (
    f"(start_at IS NULL OR abs(start_at - created_at) > {_BRIEF_US} OR abs(state_at - start_at) > {_BRIEF_US})"
)
_HOW_LONG: Final = "(CASE {} ELSE 5 END)".format(
    " ".join(
        f"WHEN abs(state_at - created_at) <= {most} AND abs(state_at - coalesce(start_at, state_at)) <= {most} THEN {n}"
        for n, most in _LASTED_US.items()
    )
)
_TASK_RUNS: Final = "SELECT t.id, t.history, t.journal IS NOT NULL, {is_inside} FROM task_runs t WHERE {terms}"
_FLOW_STATES: Final = "SELECT s.flow_run_id, s.attempt, s.ordinal, s.name, s.at FROM flow_run_states s WHERE {terms}"
_COUNTED: Final = (
    "SELECT {group}, s.name, count(*), min(s.at), max(s.at) FROM flow_run_states s WHERE {terms} GROUP BY 1, 2"
)
# The terms are those of a task run's instants, of which some may be null.
_EXTENT: Final = (
    "SELECT count(*), min(t.created_at), min(t.state_at), min(t.start_at), max(t.created_at), max(t.state_at), "
    "max(t.start_at) FROM task_runs t WHERE {terms}"
)
_EXTENT_OF_ALL: Final = "SELECT (SELECT min(start_at) FROM task_runs), (SELECT max(start_at) FROM task_runs)"
_KNOWN: Final = "SELECT id FROM {table} WHERE id {{among}}"
_NAMES: Final = "SELECT id, name FROM {table} WHERE id {{among}}"


class Named(msgspec.Struct, frozen=True):
    """Flows and runs, of which one is meant."""

    flows: frozenset[bytes] = frozenset()
    flow_runs: frozenset[bytes] = frozenset()
    task_runs: frozenset[bytes] = frozenset()


class RunScope(msgspec.Struct, frozen=True):
    """Which runs are meant: those that fit every part."""

    about: tuple[Named, ...] = ()  # runs that are named
    related: tuple[Named, ...] = ()  # runs that have to do with what is named
    either: tuple[Named, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Whether few runs are meant, rather than all or those of a flow."""
        return bool(self.about) or any(not part.flows for part in (*self.related, *self.either))


ANY_RUN: Final = RunScope()


class CountedStates(msgspec.Struct, frozen=True):
    """How many states of one name there are in one group, and when the first and the last of them were."""

    group: Any
    name: str
    count: int
    first_at: int
    last_at: int


def flow_run_states(
    tx: Tx, scope: RunScope, since: int, until: int
) -> Iterator[list[tuple[bytes, int, int, str, int]]]:
    """The states that flow runs went to from one instant to another, some at a time.

    Each as: run, attempt, ordinal, name, instant.
    """
    return tx.chunks(_FLOW_STATES.format(terms=_of_flow_states(tx, scope, since, until)), size=CHUNK_ROWS)


def count_flow_run_states(tx: Tx, scope: RunScope, since: int, until: int, group: str = "0") -> list[CountedStates]:
    """The same, counted by name and by a term of SQL over `s`, the states."""
    terms = _of_flow_states(tx, scope, since, until)
    return [CountedStates(*row) for row in tx.execute(_COUNTED.format(group=group, terms=terms))]


def task_run_histories(
    tx: Tx, scope: RunScope, since: int, until: int, *, by_time: bool = True
) -> Iterator[list[tuple[bytes, bytes, bool, bool]]]:
    """The task runs that may have gone to a state from one instant to another, some at a time.

    Each as: run, packed history, whether a journal reports it, whether all of its states are in that time. They are
    searched by that time, or else by what the scope names.
    """
    inside = " AND ".join(f"t.{at} BETWEEN {since} AND {until}" for at in ("created_at", "state_at"))
    is_inside = f"{inside} AND coalesce(t.start_at, t.state_at) BETWEEN {since} AND {until}"
    terms = [_meets(since, until), *_of_task_runs(tx, scope, by_time=by_time)]
    ways = _ways_to(since, until) if by_time and not _is_most(tx, since, until) else ["1 = 1"]
    selects = [_TASK_RUNS.format(is_inside=is_inside, terms=" AND ".join([way, *terms])) for way in ways]
    return tx.chunks(" UNION ALL ".join(selects), size=CHUNK_ROWS)


def extent_of_task_runs(tx: Tx, scope: RunScope) -> tuple[int, int, int]:
    """How many task runs there are of a narrow scope, and the first and the last instant that is known of them."""
    ((count, *instants),) = tx.execute(_EXTENT.format(terms=" AND ".join(_of_task_runs(tx, scope, by_time=False))))
    known = [at for at in instants if at is not None]
    return (count, min(known), max(known)) if known else (0, 0, 0)


def _is_most(tx: Tx, since: int, until: int) -> bool:
    """Whether it is quicker to read all task runs."""
    ((first, last),) = tx.execute(_EXTENT_OF_ALL)
    return first is not None and 2 * (min(last, until) - max(first, since)) > last - first


def known_runs(tx: Tx, named: Named) -> Named:
    """Those of the named that exist; flows are not looked up."""
    return Named(
        named.flows,
        frozenset(row[0] for row in tx.rows_among(_KNOWN.format(table="flow_runs"), named.flow_runs)),
        frozenset(row[0] for row in tx.rows_among(_KNOWN.format(table="task_runs"), named.task_runs)),
    )


def run_names(tx: Tx, run_ids: Sequence[bytes]) -> dict[bytes, str]:
    """What these flow runs and task runs are called."""
    tables = ("flow_runs", "task_runs")
    return {row[0]: row[1] for table in tables for row in tx.rows_among(_NAMES.format(table=table), run_ids)}


def _of_flow_states(tx: Tx, scope: RunScope, since: int, until: int) -> str:
    runs = [
        *(_any_of(*_among(tx, "r.id", part.flow_runs)) for part in scope.about),
        *(_any_of(*_has_to_do_with(tx, part)) for part in scope.related),
        *(_any_of(*_among(tx, "r.id", part.flow_runs), *_has_to_do_with(tx, part)) for part in scope.either),
    ]
    if scope.is_narrow:  # the sign keeps the databases from searching all of the time for states of few runs
        among = f"s.flow_run_id IN (SELECT r.id FROM flow_runs r WHERE {' AND '.join(runs)})"
        return f"{among} AND +s.at BETWEEN {since} AND {until}"
    if runs:
        runs = [f"EXISTS (SELECT 1 FROM flow_runs r WHERE r.id = s.flow_run_id AND {' AND '.join(runs)})"]
    return " AND ".join([f"s.at BETWEEN {since} AND {until}", *runs])


def _has_to_do_with(tx: Tx, part: Named) -> list[str]:
    return [*_among(tx, "r.flow_id", part.flows), *_among(tx, "r.parent_task_run_id", part.task_runs)]


def _of_task_runs(tx: Tx, scope: RunScope, *, by_time: bool) -> list[str]:
    def belongs_to(part: Named) -> list[str]:
        # What is no bare column keeps the databases from searching by it.
        owner = "coalesce(t.flow_run_id, NULL)" if by_time else "t.flow_run_id"
        of_flow = "EXISTS (SELECT 1 FROM flow_runs r WHERE r.id = t.flow_run_id AND {})"
        return [
            *_among(tx, owner, part.flow_runs),
            *(of_flow.format(term) for term in _among(tx, "r.flow_id", part.flows)),
        ]

    return [
        *(_any_of(*_among(tx, "t.id", part.task_runs)) for part in scope.about),
        *(_any_of(*belongs_to(part)) for part in scope.related),
        *(_any_of(*_among(tx, "t.id", part.task_runs), *belongs_to(part)) for part in scope.either),
    ]


def _meets(since: int, until: int) -> str:
    """Between the first and the last that is known of a task run lies some of this time, whatever clocks went back."""
    instants = ("t.state_at", "t.created_at", "t.start_at")
    return " AND ".join(_any_of(*(f"{at} {bound}" for at in instants)) for bound in (f">= {since}", f"<= {until}"))


def _ways_to(since: int, until: int) -> list[str]:
    """The ways to the task runs that may fit, each by an index: no two lead to the same."""
    brief = f"t.start_at BETWEEN {since - _BRIEF_US} AND {until + _BRIEF_US} AND NOT {_IS_LASTING}"
    lasting = [
        f"{_IS_LASTING} AND {_HOW_LONG} = {number} AND t.state_at BETWEEN {since - most} AND {until + most}"
        for number, most in _LASTED_US.items()
    ]
    return [brief, *lasting, f"{_IS_LASTING} AND {_HOW_LONG} = {len(_LASTED_US) + 1}"]


def _among(tx: Tx, column: str, ids: Iterable[bytes]) -> list[str]:
    named = ", ".join(tx.literal(one) for one in sorted(ids))
    return [f"{column} IN ({named})"] if named else []


def _any_of(*terms: str) -> str:
    return f"({' OR '.join(terms)})" if terms else "1 = 0"
