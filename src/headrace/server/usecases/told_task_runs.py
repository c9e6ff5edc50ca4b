"""Task runs of clients that tell them by events: each event has a state, and all that was known of the run then.

Such a state has an instant and an id, and no place: states stand in the order of their instants, which a client keeps
apart within a run. Each event is taken once; in whichever order they come, the run is the same in the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from headrace._records import StateRecord
from headrace.server.orchestration.progress import progress_of
from headrace.server.orchestration.transitions import STATE_TYPES
from headrace.server.store.changes import TaskRunRow
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.state_ids import id_of_state, with_own_id
from headrace.server.store.task_run_details import TaskRunDetails
from headrace.server.usecases.create_task_run import NewTaskRun

__all__ = ["ToldState", "Written", "written"]

_RANKS: Final[Mapping[str, int]] = {kind: rank for rank, kind in enumerate(STATE_TYPES)}


class ToldState(msgspec.Struct, frozen=True):
    """What an event tells: the run as it was once it had gone to a state."""

    id: bytes  # of the state
    run: NewTaskRun
    attempt: int  # how often its flow run had run


class Written(msgspec.Struct, frozen=True):
    """What is to be written of a run."""

    row: TaskRunRow
    details: TaskRunDetails | None  # None: they stay


def written(run_id: bytes, facts: TaskRunFacts | None, told: Sequence[ToldState], now: int) -> Written | None:
    """A run as it shall stand, once these states are told of it; None where that changes nothing.

    `facts` is what the store has. Who told the state in which the run is now knows the run best.
    """
    states = {} if facts is None else {id_of_state(run_id, state): state for state in facts.history}
    for one in told:
        states.setdefault(one.id, one.run.state)
    attempt = max([*(one.attempt for one in told), *(state.attempt for state in states.values())])
    history = tuple(_placed(states, attempt))
    if facts is not None and history == facts.history:
        return None
    current = id_of_state(run_id, history[-1])
    run = next((one.run for one in told if one.id == current), None)
    known = run or facts
    assert known is not None, "the current state of a new run is one of those that are told"
    progress = progress_of(history)
    row = TaskRunRow(
        id=run_id,
        flow_run_id=known.flow_run_id,
        name=known.name,
        task_key=known.task_key,
        created_at=history[0].at,
        updated_at=now,
        state=history[-1],
        history=history,
        revision=facts.revision + 1 if facts else 1,
        expected_revision=facts.revision if facts else None,
        run_count=progress.run_count,
        tags=known.tags,
        inputs=run.inputs if run else (),
        dynamic_key=known.dynamic_key,
        task_version=known.task_version,
        start_at=progress.start_at,
        end_at=progress.end_at,
        running_us=progress.running_us,
    )
    return Written(row, None if run is None else _details(run_id, run))


def _details(run_id: bytes, run: NewTaskRun) -> TaskRunDetails:
    return TaskRunDetails(run_id, run.policy, run.labels, run.other_inputs, run.cache_key, run.cache_expiration_at)


def _placed(states: Mapping[bytes, StateRecord], attempt: int) -> Iterable[StateRecord]:
    """The states in their order. Those of one instant, which no client tells, stand as runs usually go through them."""
    ordered = sorted(states.items(), key=lambda known: (known[1].at, _RANKS.get(known[1].type, 0), known[0]))
    for ordinal, (identity, state) in enumerate(ordered):
        yield replace(with_own_id(state, identity), attempt=attempt, ordinal=ordinal)
