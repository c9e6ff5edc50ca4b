"""Records what is reported to have happened: events as they are, and task runs that were told by events."""

from collections.abc import Sequence

from headrace.server.store import deletions, events, hot, task_run_details
from headrace.server.store.changes import Changes
from headrace.server.store.facts import EventFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.told_task_runs import ToldState, written

__all__ = ["record_events", "record_told_states"]


def record_events(store: Store, reported: Sequence[EventFacts]) -> list[EventFacts]:
    """Stores events; those that were not known before. RowRefused where the database can never take one of them.

    Each is known by its id: who is told nothing of the outcome reports again, and nothing is doubled.
    """
    if not reported:
        return []
    with store.step() as tx:
        return events.append(tx, reported)


def record_told_states(store: Store, told: Sequence[ToldState], *, now: int) -> None:
    """Stores the states of task runs; those of flow runs that were deleted are left out. RowRefused as above.

    The events that told them are not stored: they follow from the states.
    """
    by_run: dict[bytes, list[ToldState]] = {}
    for one in told:
        if one.run.id is not None:
            by_run.setdefault(one.run.id, []).append(one)
    if by_run:
        decided(lambda is_again: _write(store, by_run, now))


def _write(store: Store, by_run: dict[bytes, list[ToldState]], now: int) -> None:
    about = {one.run.flow_run_id for told in by_run.values() for one in told}
    with store.read() as tx:
        deleted = deletions.deleted_among(tx, [run_id for run_id in about if run_id is not None])
        known = hot.task_run_facts(tx, by_run)
    found = [
        written(run_id, known.get(run_id), states, now)
        for run_id, states in by_run.items()
        if states[0].run.flow_run_id not in deleted
    ]
    wanted = [one for one in found if one is not None]
    if wanted:
        with store.step() as tx:
            hot.apply(tx, Changes(task_runs=tuple(one.row for one in wanted)))
            task_run_details.put(tx, [one.details for one in wanted if one.details is not None])
