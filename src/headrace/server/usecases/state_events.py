"""The events of runs' states, by which runs went to which states."""

from collections.abc import Iterable, Sequence

import msgspec

from headrace._kernel.ids import state_id
from headrace._wire.events import FLOW_RUN, TASK_RUN, EventFilter
from headrace.server.orchestration.state_events import (
    flow_run_event,
    is_told_by_events,
    task_run_event,
)
from headrace.server.orchestration.state_questions import may_be_named
from headrace.server.store import run_changes
from headrace.server.store.facts import EventFacts
from headrace.server.store.run_changes import RunChange
from headrace.server.store.state_ids import id_of_state
from headrace.server.store.transactions import Tx

__all__ = ["StateKey", "events_of", "keys_of_changes"]


class StateKey(msgspec.Struct, frozen=True, order=True):
    """A state that a run went to, and when: the order is that of events."""

    at: int
    id: bytes  # of the state, and of its event
    run_id: bytes
    is_of_task: bool
    name: str = ""


def keys_of_changes(changes: Iterable[RunChange], asked: EventFilter) -> list[StateKey]:
    """The states that runs went to by these changes; of those that the filter's names leave out, none."""
    keys: list[StateKey] = []
    wants_flows, wants_tasks = may_be_named(FLOW_RUN, asked.event), may_be_named(TASK_RUN, asked.event)
    for change in changes:
        if not (wants_flows if change.task_run_id is None else wants_tasks):
            continue
        if change.flow_run_id is not None and change.attempt is not None and change.ordinal is not None:
            identity = state_id(change.flow_run_id, change.attempt, change.ordinal)
            keys.append(StateKey(0, identity, change.flow_run_id, is_of_task=False))
        elif (run_id := change.task_run_id) is not None:
            before = {id_of_state(run_id, state) for state in change.history_before}
            after = ((id_of_state(run_id, state), state.at) for state in change.history)
            keys += [
                StateKey(at, identity, run_id, is_of_task=True) for identity, at in after if identity not in before
            ]
    return keys


def events_of(tx: Tx, keys: Sequence[StateKey], *, with_payloads: bool = True) -> list[EventFacts]:
    """The events of these states, those of each run in the order of the keys; of runs that are deleted, none."""
    of_tasks = list({key.run_id: None for key in keys if key.is_of_task})
    of_flows = list({key.run_id: None for key in keys if not key.is_of_task})
    tasks = run_changes.task_runs_about(tx, of_tasks) if of_tasks else {}
    flows = run_changes.flow_runs_about(tx, of_flows) if of_flows else {}
    histories = run_changes.flow_run_histories(tx, flows) if flows else {}
    histories |= {run_id: run.facts.history for run_id, run in tasks.items()}
    places = {
        (run_id, id_of_state(run_id, state)): number
        for run_id, history in histories.items()
        for number, state in enumerate(history)
    }
    found: list[EventFacts] = []
    for key in keys:
        number = places.get((key.run_id, key.id))
        if number is None:
            continue
        if not key.is_of_task:
            run, history = flows[key.run_id], histories[key.run_id]
            found.append(flow_run_event(run, history, number, with_payload=with_payloads))
        elif is_told_by_events(histories[key.run_id][number], is_of_journal=tasks[key.run_id].is_of_journal):
            found.append(task_run_event(tasks[key.run_id], number, with_payload=with_payloads))
    return found
