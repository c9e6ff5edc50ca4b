"""The rules of a flow run's transitions, in their order: the first that has an answer gives it.

A rule takes the facts of the run, the proposal and the instant, and answers a decision, or None where it has nothing
to say. The last rule is the table of transitions, which always answers. To force a state is to pass over the rules,
but for those in FORCED_RULES.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from headrace._kernel.instants import instant_text
from headrace._records import StateRecord
from headrace.server.orchestration.decisions import Abort, Accept, Decision, Reject, Wait
from headrace.server.orchestration.facts import Proposal, is_presumed, is_terminal, policy_of
from headrace.server.orchestration.instants import instant_in
from headrace.server.orchestration.placing import cancelled, instead, placed
from headrace.server.orchestration.transitions import TERMINAL_TYPES, way
from headrace.server.store.facts import FlowRunFacts

__all__ = ["FORCED_RULES", "RULES", "Rule", "decide"]


class _Result(msgspec.Struct):
    """What a state says of the place of a result; anything else than an object is none."""

    type: str | None = None


_decode_result = msgspec.json.Decoder(_Result).decode

Rule = Callable[[FlowRunFacts, Proposal, int], Decision | None]


def decide(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision:
    """What becomes of `proposal`. A run that does not exist yet has facts without a state."""
    for rule in FORCED_RULES if proposal.is_forced else RULES:
        decision = rule(facts, proposal, now)
        if decision is not None:
            return decision
    raise AssertionError("the last rule always answers")


# --- who proposes ----------------------------------------------------------------------------------------------------


def told_again(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A process that did not get its reply proposes the same again, and gets the same answer."""
    state, current = proposal.state, facts.state
    if proposal.token is None or current is None or proposal.token != facts.attempt:
        return None
    is_same = (
        state.type == current.type
        and state.name == current.name
        and state.at == current.at
        and proposal.journal_id == facts.journal_id
    )
    return Accept(current) if is_same else None


def transition_made(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """Clients of the API mark a transition with an id of its own, and may send it twice."""
    made = facts.state and facts.state.details and facts.state.details.get("transition_id")
    if made is None or (proposal.state.details or {}).get("transition_id") != made:
        return None
    return Reject(f"Transition {made} was made before.")


def attempt_is_over(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """The fence: who holds an older attempt has lost the run."""
    if proposal.token is None or facts.state is None or proposal.token >= facts.attempt:
        return None
    return Abort(f"Attempt {facts.attempt} holds this run; attempt {proposal.token} is over.")


def held_by_another(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A process that is at a run keeps it: no other speaks for it, and nobody starts it from without."""
    state, current = proposal.state, facts.state
    if current is None or facts.journal_id is None or is_terminal(current) or proposal.journal_id == facts.journal_id:
        return None
    starts_it = state.type in ("SCHEDULED", "PENDING", "RUNNING") and current.type not in ("PAUSED", "CANCELLING")
    if proposal.token is None and not starts_it:
        return None
    return Abort(f"Attempt {facts.attempt} of this run is held by another process.")


def next_attempt(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """An explicit retry: who was given a newer attempt begins with it a run that is over, or goes on with its own."""
    if proposal.token is None or facts.state is None or proposal.token <= facts.attempt:
        return None
    if proposal.kind == "begin":
        return Accept(placed(facts, proposal)) if is_terminal(facts.state) else None
    if proposal.journal_id == facts.journal_id and not is_terminal(facts.state):
        return None
    return Abort(f"Attempt {proposal.token} of this run was not begun; attempt {facts.attempt} is its newest.")


def begun_as_pending(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A process that begins a run which was made Pending, over the API, finds it so."""
    if proposal.kind != "begin" or proposal.state.type != "PENDING" or facts.state is None:
        return None
    return Accept(facts.state) if facts.state.type == "PENDING" and facts.journal_id is None else None


# --- runs that are over ----------------------------------------------------------------------------------------------


def presumption_overruled(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A process that was taken for dead goes on, as long as no newer attempt exists; the history keeps both states."""
    if proposal.token is None or facts.state is None or not is_presumed(facts.state):
        return None
    return None if proposal.kind == "begin" else Accept(placed(facts, proposal))


def run_is_over(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """Terminal is final. A process that ends its run learns which state the run has; any other must stop."""
    if proposal.token is None or facts.state is None or not is_terminal(facts.state):
        return None
    return (Reject if proposal.kind == "conclude" else Abort)(f"The run is over: it is {facts.state.name}.")


def result_is_kept(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A run that left a result behind has done its work: it is not run again, and its result not lost."""
    if facts.state is None or facts.state.type != "COMPLETED" or not _has_result(facts.state):
        return None
    match proposal.state.type:
        case "SCHEDULED" | "PENDING" | "RUNNING" if not proposal.is_forced:
            return Reject("The run is Completed, and its result is stored. Force the state to run it again.")
        case "COMPLETED" if not _has_result(proposal.state):
            return Reject("The run is Completed, and its result is stored; the proposed state has none.")
        case _:
            return None


# --- runs that are not -----------------------------------------------------------------------------------------------


def cancelled_before_it_ran(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A process that comes to begin a run which is being cancelled has done nothing yet: the run is Cancelled."""
    if proposal.kind != "begin" or facts.state is None or facts.state.type != "CANCELLING":
        return None
    reason = "The run was cancelled before it began."
    return Reject(reason, cancelled(facts, proposal, reason))


def its_process_cancels_it(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A run whose process waits until it is tried again is not over before that process has heard of it."""
    if proposal.state.type != "CANCELLING" or facts.journal_id is None or facts.state is None:
        return None
    return Accept(placed(facts, proposal)) if facts.state.type == "SCHEDULED" else None


def nothing_to_cancel(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """Where no process has to end first, a run that shall be cancelled is."""
    state = facts.state
    if proposal.state.type != "CANCELLING" or state is None:
        return None
    if way(state.type, "CANCELLING") != "cancel" and not (state.type == "PAUSED" and _is_suspended(state)):
        return None
    reason = f"The run was {state.name}: there is no process that has to end first."
    return Reject(reason, cancelled(facts, proposal, proposal.state.message))


def late_is_scheduled(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """Only what waits for its time can be late, and once."""
    state, current = proposal.state, facts.state
    if state.type != "SCHEDULED" or state.name != "Late" or current is None or is_terminal(current):
        return None
    if current.type != "SCHEDULED":
        return Reject(f"Only a scheduled run can be late; this one is {current.name}.")
    return Reject("The run is marked late already.") if current.name == "Late" else None


def pause_is_allowed(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A run can be paused while it runs, once for each pause key, and suspended where somebody can start it again."""
    state, current = proposal.state, facts.state
    if state.type != "PAUSED" or current is None or current.type != "RUNNING":
        return None
    if _is_suspended(state):
        return Abort("A run without a deployment cannot be suspended: nothing could start it again.")
    key = (state.details or {}).get("pause_key")
    if key is not None and key in (policy_of(facts).pause_keys or ()):
        return Reject(f"The pause {key!r} has been made before.")
    return None


def pause_is_over(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A paused run goes on until its pause has timed out, and Fails then; a suspended one needs a deployment."""
    state, current = proposal.state, facts.state
    if current is None or current.type != "PAUSED" or state.type in ("PAUSED", "PENDING", "CANCELLING", "CANCELLED"):
        return None
    if _is_suspended(current):
        return Reject("A suspended run without a deployment cannot go on: nothing could start it again.")
    timeout = instant_in(current, "pause_timeout")
    if timeout is None or timeout >= now:
        return None
    message = f"The run was paused, and nobody resumed it by {instant_text(timeout)}."
    failed = instead(facts, proposal, type="FAILED", name="Failed", message=message, details=None, data=None)
    return Reject("The run's pause has timed out.", failed)


def time_has_come(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A run starts at its time; a process that holds its run keeps the time itself."""
    current = facts.state
    if proposal.state.type != "RUNNING" or current is None or current.type not in ("SCHEDULED", "PENDING"):
        return None
    scheduled = instant_in(current, "scheduled_time")
    is_held = proposal.journal_id is not None and proposal.journal_id == facts.journal_id and proposal.kind == "move"
    if scheduled is None or scheduled <= now or is_held:
        return None
    return Wait("The run's time has not come.", -((now - scheduled) // 1_000_000))


def failed_run_is_tried_again(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision | None:
    """A run with retries left awaits the next one instead of failing. A process with a token retries by itself."""
    state, current = proposal.state, facts.state
    if proposal.token is not None or state.type != "FAILED" or current is None or current.type != "RUNNING":
        return None
    policy = policy_of(facts)
    if not policy.retries_allowed or facts.run_count > policy.retries_allowed:
        return None
    details = {"scheduled_time": instant_text(now + round(policy.delay_seconds * 1_000_000))}
    waiting = instead(facts, proposal, type="SCHEDULED", name="AwaitingRetry", details=details)
    return Reject(f"The run is tried again: {facts.run_count} of {policy.retries_allowed + 1} runs made.", waiting)


def by_table(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision:
    """What the types of the two states say."""
    current = facts.state
    if current is None:
        return Accept(placed(facts, proposal))
    match way(current.type, proposal.state.type):
        case "go":
            return Accept(placed(facts, proposal))
        case "again":
            return Accept(placed(facts, proposal, is_new_attempt=True))
        case "overrule" if is_presumed(current):
            return Accept(placed(facts, proposal))
        case "stay":
            return Accept(current)
        case "cancel":
            message = f"The run was being cancelled when it became {proposal.state.name}."
            return Reject(_unwelcome(current, proposal.state), cancelled(facts, proposal, message))
        case "refuse" | "overrule":
            return Reject(_unwelcome(current, proposal.state))
        case "stop":
            return Abort(_unwelcome(current, proposal.state))


def as_forced(facts: FlowRunFacts, proposal: Proposal, now: int) -> Decision:
    """The proposed state; as a new attempt where a run that is over is to go on, so that its old process is fenced."""
    goes_on = is_terminal(facts.state) and not is_terminal(proposal.state)
    return Accept(placed(facts, proposal, is_new_attempt=goes_on))


RULES: Final[tuple[Rule, ...]] = (
    told_again,
    transition_made,
    attempt_is_over,
    held_by_another,
    begun_as_pending,
    cancelled_before_it_ran,
    next_attempt,
    presumption_overruled,
    run_is_over,
    result_is_kept,
    its_process_cancels_it,
    nothing_to_cancel,
    late_is_scheduled,
    pause_is_allowed,
    pause_is_over,
    time_has_come,
    failed_run_is_tried_again,
    by_table,
)

FORCED_RULES: Final[tuple[Rule, ...]] = (result_is_kept, its_process_cancels_it, nothing_to_cancel, as_forced)


def _unwelcome(current: StateRecord, proposed: StateRecord) -> str:
    """Why the table does not let a run go from one state to the other."""
    if current.type == "CANCELLING":
        return f"The run is being cancelled; it can become Cancelled, not {proposed.name}."
    if proposed.type == "SCHEDULED":
        return "A run without a deployment cannot be scheduled again: nothing could start it."
    if current.type in TERMINAL_TYPES:
        return f"The run is over: it is {current.name}."
    if proposed.type == "PAUSED":
        return f"Only a run that is Running can be {'suspended' if _is_suspended(proposed) else 'paused'}."
    return f"A run that is {current.name} cannot become {proposed.name}."


def _is_suspended(state: StateRecord) -> bool:
    """Whether a pause ends the run's process, which somebody has to start again."""
    return state.type == "PAUSED" and bool(state.details and state.details.get("pause_reschedule"))


def _has_result(state: StateRecord) -> bool:
    """Whether a result lies where the state says; results that were kept in memory leave a marker."""
    if state.data is None:
        return False
    try:
        return _decode_result(state.data).type != "unpersisted"
    except msgspec.DecodeError:
        return False
