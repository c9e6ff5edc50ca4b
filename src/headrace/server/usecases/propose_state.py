"""Proposes a state for a flow run over the API, as clients, commands and pages do: nobody's token, nobody's journal."""

from typing import Any

import msgspec

from headrace._kernel.instants import instant_text
from headrace._records import PRESUMED, StateRecord
from headrace._stream import VerdictStatus
from headrace.server.orchestration.decisions import Accept, Decision, Wait
from headrace.server.orchestration.facts import Proposal
from headrace.server.orchestration.progress import entered
from headrace.server.orchestration.rules import decide
from headrace.server.store import hot
from headrace.server.store.changes import Changes
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.flow_proposals import goes_to
from headrace.server.usecases.flow_run_rows import flow_run_row
from headrace.server.usecases.stand_ins import stand_in_of, stand_in_rows
from headrace.server.usecases.unknown import unknown

__all__ = ["Orchestrated", "orchestrated", "propose_state", "state_over_api"]


class Orchestrated(msgspec.Struct, frozen=True):
    """The answer to a proposed state."""

    status: VerdictStatus
    state: StateRecord | None  # that the run has now
    is_written: bool  # whether this proposal brought the run there
    reason: str | None = None  # where it was not accepted
    delay_seconds: int | None = None  # where it may be proposed again


def propose_state(
    store: Store,
    run_id: bytes,
    kind: str,
    *,
    now: int,
    name: str | None = None,
    message: str | None = None,
    details: dict[str, Any] | None = None,
    data: bytes | None = None,
    is_forced: bool = False,
) -> Orchestrated:
    """Proposes that a flow run goes to a state of the type `kind`; by force, past the rules that may be passed over.

    `details` holds fields of StateDetails as JSON values, `data` is JSON. ObjectNotFound where there is no such run,
    StoreUnavailable where the store cannot be used now.
    """
    state = state_over_api(kind, name, message, details, data, now)
    return decided(lambda is_again: _propose(store, run_id, Proposal(state, is_forced=is_forced), now))


def state_over_api(
    kind: str, name: str | None, message: str | None, details: dict[str, Any] | None, data: bytes | None, now: int
) -> StateRecord:
    """The state that a caller of the API means; where it stands in its run is for the rules to say."""
    details = dict(details or {})
    if kind == "SCHEDULED":
        details.setdefault("scheduled_time", instant_text(now))
    if kind == "CRASHED":
        details[PRESUMED] = True
    return StateRecord(0, 0, kind, name or kind.capitalize(), now, message, details or None, data)


def orchestrated(decision: Decision, state: StateRecord | None, *, is_written: bool) -> Orchestrated:
    """The answer to a proposal that was decided so, of a run that now has this state."""
    reason = None if isinstance(decision, Accept) else decision.reason
    delay = decision.delay_seconds if isinstance(decision, Wait) else None
    return Orchestrated(decision.status, state, is_written, reason, delay)


def _propose(store: Store, run_id: bytes, proposal: Proposal, now: int) -> Orchestrated:
    with store.read() as tx:
        facts = hot.flow_run_facts(tx, (run_id,)).get(run_id)
        stand_in = None if facts is None else stand_in_of(tx, facts.parent_task_run_id)
    if facts is None:
        raise unknown("flow run", run_id)
    decision = decide(facts, proposal, now)
    taken = goes_to(decision)
    is_written = taken is not None and taken is not facts.state
    after = facts
    if taken is not None and is_written:
        after = entered(facts, taken, None)
        changes = Changes(
            flow_runs=(flow_run_row(facts, after, (taken,), now),),
            task_runs=stand_in_rows(stand_in, run_id, taken, now),
        )
        with store.step() as tx:
            hot.apply(tx, changes)
    return orchestrated(decision, after.state, is_written=is_written)
