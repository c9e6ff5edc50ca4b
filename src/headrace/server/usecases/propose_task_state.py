"""Proposes a state for a task run over the API."""

import msgspec

from headrace._records import StateRecord
from headrace.server.orchestration.task_rules import TaskPolicy, TaskProposal, decide_task
from headrace.server.store import flow_runs, hot, task_run_details, task_runs
from headrace.server.store.changes import Changes
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.flow_proposals import goes_to
from headrace.server.usecases.propose_state import Orchestrated, orchestrated
from headrace.server.usecases.stand_ins import moved_row, placed_behind
from headrace.server.usecases.unknown import unknown

__all__ = ["propose_task_state"]

_NO_POLICY = TaskPolicy()
_decode_policy = msgspec.json.Decoder(TaskPolicy).decode


def propose_task_state(
    store: Store, run_id: bytes, state: StateRecord, *, now: int, is_forced: bool = False
) -> Orchestrated:
    """Proposes that a task run goes to `state`, whose place in the run's history is yet to be found.

    ObjectNotFound where there is no such run, StoreUnavailable where the store cannot be used now.
    """
    return decided(lambda is_again: _propose(store, run_id, state, now, is_forced=is_forced))


def _propose(store: Store, run_id: bytes, state: StateRecord, now: int, *, is_forced: bool) -> Orchestrated:
    with store.read() as tx:
        facts = task_runs.read(tx, run_id)
        if facts is None:
            raise unknown("task run", run_id)
        details = task_run_details.read_many(tx, (run_id,)).get(run_id)
        flow_run = None if facts.flow_run_id is None else flow_runs.read(tx, facts.flow_run_id)
    proposal = TaskProposal(
        placed_behind(facts, state),
        _NO_POLICY if details is None else _decode_policy(details.policy),
        flow_run.state.type if flow_run is not None and flow_run.state is not None else None,
    )
    decision = decide_task(facts, proposal, now, is_forced=is_forced)
    taken = goes_to(decision)
    if taken is not None:
        with store.step() as tx:
            hot.apply(tx, Changes(task_runs=(moved_row(facts, taken, now),)))
    return orchestrated(decision, taken or facts.state, is_written=taken is not None)
