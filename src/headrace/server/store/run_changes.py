"""What runs go to while somebody listens, as it is committed; and what events of their states say of them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from headrace._records import StateRecord, decode_history
from headrace.server.store import hot, task_runs
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.transactions import Tx

__all__ = [
    "FlowRunAbout",
    "RunChange",
    "TaskRunAbout",
    "between",
    "flow_run_histories",
    "flow_runs_about",
    "task_runs_about",
]

_BETWEEN: Final = (
    "SELECT seq, flow_run_id, attempt, ordinal, task_run_id, history, history_before FROM run_changes "
    "WHERE seq BETWEEN {first} AND {last} ORDER BY seq LIMIT {limit}"
)
_HISTORIES: Final = (
    "SELECT flow_run_id, attempt, ordinal, type, name, at, message, details, data FROM flow_run_states "
    "WHERE flow_run_id {among} ORDER BY flow_run_id, attempt, ordinal"
)
_FLOW_RUNS: Final = (
    "SELECT r.id, r.name, r.tags, f.id, f.name, f.tags, p.id, p.name, p.tags FROM flow_runs r "
    "JOIN flows f ON f.id = r.flow_id LEFT JOIN task_runs p ON p.id = r.parent_task_run_id WHERE r.id {among}"
)
_OF_JOURNALS: Final = "SELECT id FROM task_runs WHERE id {among} AND journal IS NOT NULL"

History = tuple[StateRecord, ...]


class RunChange(msgspec.Struct, frozen=True):
    """A row of what is kept for those who listen: a state of a flow run, or the histories of a task run."""

    flow_run_id: bytes | None
    attempt: int | None
    ordinal: int | None
    task_run_id: bytes | None
    history: History = ()
    history_before: History = ()


class FlowRunAbout(msgspec.Struct, frozen=True):
    """What events say of a flow run apart from its states, and of the task run that shows it in its parent."""

    id: bytes
    name: str
    tags: tuple[str, ...]
    flow_id: bytes
    flow_name: str
    flow_tags: tuple[str, ...]
    parent_id: bytes | None
    parent_name: str
    parent_tags: tuple[str, ...]


class TaskRunAbout(msgspec.Struct, frozen=True):
    """A task run, and what else events say of it."""

    facts: TaskRunFacts
    inputs: task_runs.Inputs
    flow_run: FlowRunAbout | None
    is_of_journal: bool  # which itself may be forgotten by now


def between(tx: Tx, first: int, last: int, *, limit: int) -> list[tuple[int, RunChange]]:
    """The changes with these numbers, in the order in which they were kept, numbered."""
    rows = tx.execute(_BETWEEN.format(first=first, last=last, limit=limit))
    return [(row[0], RunChange(row[1], row[2], row[3], row[4], _history(row[5]), _history(row[6]))) for row in rows]


def flow_run_histories(tx: Tx, run_ids: Iterable[bytes]) -> dict[bytes, History]:
    """The states that these flow runs have been in, in order."""
    found: dict[bytes, list[StateRecord]] = {}
    for row in tx.rows_among(_HISTORIES, run_ids):
        found.setdefault(row[0], []).append(hot.state_from_row(row[1:]))
    return {run_id: tuple(states) for run_id, states in found.items()}


def flow_runs_about(tx: Tx, run_ids: Iterable[bytes]) -> dict[bytes, FlowRunAbout]:
    """What events say of those of the flow runs that exist."""
    return {row[0]: _flow_run_about(row) for row in tx.rows_among(_FLOW_RUNS, run_ids)}


def task_runs_about(tx: Tx, run_ids: Sequence[bytes]) -> dict[bytes, TaskRunAbout]:
    """What events say of those of the task runs that exist."""
    facts = hot.task_run_facts(tx, run_ids)
    inputs = task_runs.inputs(tx, facts)
    flow_runs = flow_runs_about(tx, {run.flow_run_id for run in facts.values() if run.flow_run_id is not None})
    of_journals = {row[0] for row in tx.rows_among(_OF_JOURNALS, facts)}
    return {
        run.id: TaskRunAbout(
            facts=run,
            inputs=inputs.get(run.id, ()),
            flow_run=None if run.flow_run_id is None else flow_runs.get(run.flow_run_id),
            is_of_journal=run.id in of_journals,
        )
        for run in facts.values()
    }


def _history(packed: bytes | None) -> History:
    return () if packed is None else decode_history(packed)


def _flow_run_about(row: Sequence[Any]) -> FlowRunAbout:
    run_id, name, tags, flow_id, flow_name, flow_tags, parent_id, parent_name, parent_tags = row
    return FlowRunAbout(
        id=run_id,
        name=name,
        tags=hot.texts(tags),
        flow_id=flow_id,
        flow_name=flow_name,
        flow_tags=hot.texts(flow_tags),
        parent_id=parent_id,
        parent_name=parent_name or "",
        parent_tags=() if parent_tags is None else hot.texts(parent_tags),
    )
