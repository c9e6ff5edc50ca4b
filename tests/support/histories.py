"""Random histories of runs as several journals tell them, and the rows that they come to.

A flow run is proposed by its own process, in order; task runs are reported by any, in any order.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import asdict

from headrace._kernel.ids import new_id
from headrace._records import Record
from headrace._stream import SinkRefused
from headrace.server.store import hot
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.remembering import Memory
from tests.support.journals import Teller, begun, concluded, created, line, moved, task_moved
from tests.support.runs import state

__all__ = ["History", "Retelling", "histories", "retellings", "rows_of", "tell"]

JOURNALS = 3


class History(Struct, frozen=True):
    """What happened: for each journal, the proposals of its flow runs in order, its reports, and its lines."""

    flow_runs: tuple[bytes, ...]
    task_runs: tuple[bytes, ...]
    journals: tuple[bytes, ...]
    proposals: tuple[tuple[Record, ...], ...]
    reports: tuple[tuple[Record, ...], ...]
    lines: tuple[tuple[Record, ...], ...]


class Retelling(Struct, frozen=True):
    """A way to tell it: batches of states and lines, each of one journal, in the order in which they arrive."""

    batches: tuple[tuple[int, tuple[Record, ...], tuple[Record, ...]], ...]


@st.composite
def histories(draw: Any) -> History:
    """A history of a few flow runs with some task runs."""
    told: list[list[list[Record]]] = [[[], [], []] for _ in range(JOURNALS)]
    flow_runs = [new_id() for _ in range(draw(st.integers(1, 3)))]
    task_runs = [new_id() for _ in range(draw(st.integers(0, 6)))]
    at = iter(range(1, 10_000))
    for run_id in flow_runs:
        told[draw(_journal)][0] += _flow_run(draw, run_id, at)
    for number, run_id in enumerate(task_runs):
        flow_run_id = draw(st.sampled_from([*flow_runs, None]))
        upstream = draw(st.lists(st.sampled_from(task_runs), max_size=2, unique=True))
        inputs = (("x", tuple(upstream)),) if upstream else ()
        told[draw(_journal)][1].append(
            created(run_id, flow_run_id, next(at), name=f"task-{number}", tags=("t",) * (number % 2), inputs=inputs)
        )
        for kind in draw(st.lists(st.sampled_from(["RUNNING", "SCHEDULED", "COMPLETED", "FAILED"]), max_size=4)):
            ordinal, attempt = draw(st.integers(1, 4)), draw(st.integers(1, 2))
            told[draw(_journal)][1].append(task_moved(run_id, kind, next(at), ordinal, attempt=attempt))
        told[draw(_journal)][2].append(line(flow_run_id, f"line of {number}", next(at), run_id))
    parts = [tuple(tuple(told[journal][part]) for journal in range(JOURNALS)) for part in range(3)]
    return History(tuple(flow_runs), tuple(task_runs), tuple(new_id() for _ in range(JOURNALS)), *parts)


_journal = st.integers(0, JOURNALS - 1)


def _flow_run(draw: Any, run_id: bytes, at: Any) -> list[Record]:
    first = next(at)
    records: list[Record] = [begun(run_id, first, tags=("a",), parameters=b'{"x": 1}')]
    next(at)
    ordinal = 2
    for _ in range(draw(st.integers(0, 2))):
        records.append(moved(run_id, state("SCHEDULED", next(at), ordinal=ordinal, name="AwaitingRetry")))
        records.append(moved(run_id, state("RUNNING", next(at), ordinal=ordinal + 1, name="Retrying")))
        ordinal += 2
    if ending := draw(st.sampled_from(["COMPLETED", "FAILED", "CRASHED", None])):
        records.append(concluded(run_id, ending, next(at), ordinal=ordinal))
    return records


def in_order(history: History) -> Retelling:
    """The plain way: a batch a journal."""
    return Retelling(
        tuple(
            (journal, history.proposals[journal] + history.reports[journal], history.lines[journal])
            for journal in range(JOURNALS)
        )
    )


@st.composite
def retellings(draw: Any, history: History) -> Retelling:
    """The same shuffled, doubled, and cut into batches, which arrive in any order but for those of one journal."""
    queues: list[list[tuple[int, tuple[Record, ...], tuple[Record, ...]]]] = []
    for journal in range(JOURNALS):
        reports = list(history.reports[journal])
        if reports:
            reports += draw(st.lists(st.sampled_from(reports), max_size=4))
        states = _interleaved(draw, list(history.proposals[journal]), draw(st.permutations(reports)))
        queues.append(_cut(draw, journal, states, draw(st.permutations(history.lines[journal]))))
    arrivals: list[tuple[int, tuple[Record, ...], tuple[Record, ...]]] = []
    while waiting := [queue for queue in queues if queue]:
        arrivals.append(draw(st.sampled_from(waiting)).pop(0))
    return Retelling(tuple(arrivals))


def _interleaved(draw: Any, proposals: list[Record], reports: Sequence[Record]) -> list[Record]:
    states: list[Record] = []
    places = sorted(draw(st.integers(0, len(reports))) for _ in proposals)
    for index in range(len(reports) + 1):
        for proposal, place in zip(proposals, places, strict=True):
            if place == index:
                # A proposal whose reply was lost is proposed again at once.
                states += [proposal] * draw(st.integers(1, 2))
        states += reports[index : index + 1]
    return states


def _cut(draw: Any, journal: int, states: Sequence[Record], lines: Sequence[Record]) -> list[Any]:
    batches: list[Any] = []
    states, lines = list(states), list(lines)
    while states or lines:
        # The simplest choice, zero, is to send all that is left.
        taken = len(states) - draw(st.integers(0, len(states)))
        said = len(lines) - draw(st.integers(0, len(lines)))
        if not taken and not said:
            taken, said = len(states), len(lines)
        batches.append((journal, tuple(states[:taken]), tuple(lines[:said])))
        del states[:taken], lines[:said]
    return batches


def tell(store: Store, history: History, retelling: Retelling | None = None) -> None:
    """Has the store take the history; each batch twice, as a drainer does whose reply was lost.

    Where it is retold, each journal's process remembers what it told before.
    """
    memories = [Memory() if retelling else None for _ in history.journals]
    tellers = [Teller(journal_id) for journal_id in history.journals]
    for journal, states, lines in (retelling or in_order(history)).batches:
        batch = tellers[journal].batch(*states, logs=lines)
        ingest(store, batch, now=20_000, memory=memories[journal])
        if states or lines:
            with pytest.raises(SinkRefused) as refused:
                ingest(store, batch, now=30_000, memory=memories[journal])
            assert (refused.value.states_cursor, refused.value.logs_cursor) == (batch.states.end, batch.logs.end)


def rows_of(store: Store, history: History) -> dict[str, Any]:
    """What the store has of the history, without what depends on when it was told."""
    with store.read() as tx:
        flow_runs = hot.flow_run_facts(tx, history.flow_runs)
        task_runs = hot.task_run_facts(tx, history.task_runs)
        states = tx.rows_among(
            "SELECT flow_run_id, attempt, ordinal, type, name, at FROM flow_run_states WHERE flow_run_id {among}",
            history.flow_runs,
        )
        edges = tx.rows_among(
            "SELECT downstream, parameter, upstream FROM edges WHERE downstream {among}", history.task_runs
        )
        lines = tx.rows_among(
            "SELECT flow_run_id, task_run_id, at, message FROM logs WHERE task_run_id {among}", history.task_runs
        )
    return {
        "flow runs": {run_id: _flow_run_fields(facts) for run_id, facts in flow_runs.items()},
        "task runs": {run_id: _without(asdict(facts), "revision", "updated_at") for run_id, facts in task_runs.items()},
        "states": sorted(states),
        "edges": sorted(edges),
        "lines": sorted(lines, key=lambda row: row[2]),
    }


def _flow_run_fields(facts: FlowRunFacts) -> dict[str, Any]:
    """A flow run with its JSON as values, which each database spells in its own way."""
    json = {name: msgspec.json.decode(getattr(facts, name)) for name in ("parameters", "labels", "context", "policy")}
    return {**_without(asdict(facts), "flow_id", "updated_at"), **json}


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
