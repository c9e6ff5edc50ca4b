"""Where a state stands among those of its run: its attempt, its ordinal, and what it takes over from the one before."""

from msgspec.structs import replace

from headrace._records import StateRecord
from headrace.server.orchestration.facts import Proposal
from headrace.server.store.facts import FlowRunFacts

__all__ = ["cancelled", "instead", "placed"]


def placed(facts: FlowRunFacts, proposal: Proposal, *, is_new_attempt: bool = False) -> StateRecord:
    """The proposed state as the run takes it: in the proposer's attempt (a new one, where told), behind what is there.

    Others than the run's process may have added states, of which the process knew nothing when it counted its own.
    """
    state = _with_scheduled_time(facts, proposal.state)
    attempt = max(facts.attempt + is_new_attempt, proposal.token or 0)
    first = 0 if attempt > facts.attempt or facts.state is None else facts.ordinal + 1
    ordinal = first if proposal.token is None else max(first, state.ordinal)
    if state.attempt == attempt and state.ordinal == ordinal:
        return state
    return replace(state, attempt=attempt, ordinal=ordinal)


def instead(facts: FlowRunFacts, proposal: Proposal, **changed: object) -> StateRecord:
    """A state that the run goes to instead of the proposed one, at its place."""
    return replace(placed(facts, proposal), **changed)


def cancelled(facts: FlowRunFacts, proposal: Proposal, message: str | None) -> StateRecord:
    """The Cancelled state that a run goes to instead of the proposed one."""
    return instead(facts, proposal, type="CANCELLED", name="Cancelled", message=message, details=None, data=None)


def _with_scheduled_time(facts: FlowRunFacts, state: StateRecord) -> StateRecord:
    """A run that becomes Pending before its time still knows its time: it will be told to wait when it wants to run."""
    before = facts.state
    if state.type != "PENDING" or before is None or before.type != "SCHEDULED" or not before.details:
        return state
    scheduled = before.details.get("scheduled_time")
    if scheduled is None or (state.details and state.details.get("scheduled_time")):
        return state
    return replace(state, details={**(state.details or {}), "scheduled_time": scheduled})
