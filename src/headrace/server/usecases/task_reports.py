"""Task runs from what was reported of them: a set of states, whose order is theirs and not that of their arrival.

States are known by (attempt, ordinal); the current one is the highest. So duplicates and any reordering change
nothing, and a state that arrives before the run's creation (from another journal) waits for it in a row without a
name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from headrace._records import StateRecord, TaskRunCreated, encode
from headrace.server.orchestration.facts import is_presumed
from headrace.server.orchestration.progress import progress_of
from headrace.server.orchestration.transitions import TERMINAL_TYPES
from headrace.server.store.changes import TaskRunRow
from headrace.server.store.facts import TaskRunFacts

__all__ = ["merged_history", "merged_row", "new_rows"]

_NAMELESS: Final = ""


def new_rows(
    reports: Mapping[bytes, Sequence[StateRecord]],
    created: Mapping[bytes, TaskRunCreated],
    journal_id: bytes,
    now: int,
) -> list[TaskRunRow]:
    """The rows of task runs that the store does not have.

    Nearly every task run begins and ends in one batch, in three states: this is the hottest loop of the control plane,
    and spells out for them what `merged_row` does for all.
    """
    rows: list[TaskRunRow] = []
    add = rows.append
    for run_id, states in reports.items():
        creation = created.get(run_id)
        if creation is not None and len(states) == 3:
            first, running, ended = states
            if (
                running.type == "RUNNING"
                and ended.type in TERMINAL_TYPES
                and first.type == "PENDING"
                and first.ordinal < running.ordinal < ended.ordinal
                and first.attempt == running.attempt == ended.attempt
                and running.at <= ended.at
            ):
                add(
                    TaskRunRow(
                        run_id,
                        creation.flow_run_id,
                        creation.name,
                        creation.task_key,
                        first.at,
                        now,
                        ended,
                        (first, running, ended),
                        1,
                        None,
                        1,
                        creation.tags,
                        creation.inputs,
                        creation.dynamic_key,
                        creation.task_version,
                        running.at,
                        ended.at,
                        ended.at - running.at,
                        journal_id,
                    )
                )
                continue
        row = merged_row(run_id, None, creation, states, journal_id, now)
        assert row is not None, "a run that the store does not have is new"
        add(row)
    return rows


def merged_row(
    run_id: bytes,
    facts: TaskRunFacts | None,
    creation: TaskRunCreated | None,
    states: Iterable[StateRecord],
    journal_id: bytes | None,
    now: int,
) -> TaskRunRow | None:
    """The row of a task run once these states are added to its history; None where they change nothing.

    `facts` is what the store has of the run, `creation` its creation if it is among what is reported now.
    """
    before = facts.history if facts else ()
    history = merged_history(before, states)
    gets_its_name = creation is not None and (facts is None or facts.task_key == _NAMELESS)
    if facts is not None and history == before and not gets_its_name:
        return None
    current, progress = history[-1], progress_of(history)
    named = creation if gets_its_name else facts
    return TaskRunRow(
        id=run_id,
        flow_run_id=named.flow_run_id if named else None,
        name=named.name if named else _NAMELESS,
        task_key=named.task_key if named else _NAMELESS,
        created_at=history[0].at,
        updated_at=now,
        state=current,
        history=history,
        revision=facts.revision + 1 if facts else 1,
        expected_revision=facts.revision if facts else None,
        run_count=progress.run_count,
        tags=named.tags if named else (),
        inputs=creation.inputs if creation else (),
        dynamic_key=named.dynamic_key if named else None,
        task_version=named.task_version if named else None,
        start_at=progress.start_at,
        end_at=progress.end_at,
        running_us=progress.running_us,
        # The process that reported the current state is the one that is at the run.
        journal_id=facts.journal_id if facts and facts.state == current else journal_id,
    )


def merged_history(before: tuple[StateRecord, ...], states: Iterable[StateRecord]) -> tuple[StateRecord, ...]:
    """The union of both, in the order of (attempt, ordinal)."""
    known = {(state.attempt, state.ordinal): state for state in before}
    for state in states:
        key = (state.attempt, state.ordinal)
        other = known.get(key)
        known[key] = state if other is None else _firmer(other, state)
    return tuple([known[key] for key in sorted(known)])


def _firmer(one: StateRecord, other: StateRecord) -> StateRecord:
    """Which of two states that claim one place stands: reported ones before presumed crashes; else either, but one."""
    if one == other:
        return one
    if is_presumed(one) != is_presumed(other):
        return other if is_presumed(one) else one
    return max(one, other, key=encode)
