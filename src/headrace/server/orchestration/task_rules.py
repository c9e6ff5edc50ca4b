"""The rules of a task run's transitions that are proposed over the API, in their order: the first that answers decides.

What a process reports of its tasks is never refused; these are for clients and pages that ask first.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from headrace._kernel.instants import instant_text
from headrace._records import StateRecord
from headrace.server.orchestration.decisions import Abort, Accept, Decision, Reject, Wait
from headrace.server.orchestration.instants import instant_in
from headrace.server.orchestration.transitions import TERMINAL_TYPES
from headrace.server.store.facts import TaskRunFacts

__all__ = ["TASK_RULES", "TaskPolicy", "TaskProposal", "decide_task"]


class TaskPolicy(msgspec.Struct, frozen=True):
    """How often a task run is tried again, and after how long; several delays are for one retry each."""

    max_retries: int = 0
    retry_delay_seconds: float = 0
    retries: int | None = None
    retry_delay: float | list[float] | None = None

    def delay_seconds(self, retry: int) -> float:
        """How long the retry of this number (from 0) waits."""
        delay = self.retry_delay_seconds if self.retry_delay is None else self.retry_delay
        if isinstance(delay, list):
            return delay[min(retry, len(delay) - 1)] if delay else 0
        return delay


class TaskProposal(msgspec.Struct, frozen=True):
    """A state that somebody wants a task run to go to."""

    state: StateRecord  # as it would stand in the run's history
    policy: TaskPolicy
    flow_run_type: str | None  # of the state of the flow run that called the task; None: there is none


def decide_task(facts: TaskRunFacts, proposal: TaskProposal, now: int, *, is_forced: bool) -> Decision:
    """What becomes of `proposal`; a state that is forced is passed over all rules."""
    for rule in () if is_forced else TASK_RULES:
        decision = rule(facts, proposal, now)
        if decision is not None:
            return decision
    return Accept(proposal.state)


def flow_run_is_running(facts: TaskRunFacts, proposal: TaskProposal, now: int) -> Decision | None:
    """Tasks start while the flow run that called them is Running."""
    if proposal.state.type != "RUNNING" or proposal.flow_run_type in (None, "RUNNING"):
        return None
    return Abort("The flow run that called the task is not running.")


def result_is_kept(facts: TaskRunFacts, proposal: TaskProposal, now: int) -> Decision | None:
    """A run that left a result behind has done its work."""
    current, state = facts.state, proposal.state
    if current.type != "COMPLETED" or current.data is None:
        return None
    if state.type in ("SCHEDULED", "PENDING", "RUNNING") or (state.type == "COMPLETED" and state.data is None):
        return Reject("The task run is Completed, and its result is stored. Force the state to run it again.")
    return None


def time_has_come(facts: TaskRunFacts, proposal: TaskProposal, now: int) -> Decision | None:
    """A run starts at its time."""
    if proposal.state.type != "RUNNING" or facts.state.type not in ("SCHEDULED", "PENDING"):
        return None
    scheduled = instant_in(facts.state, "scheduled_time")
    if scheduled is None or scheduled <= now:
        return None
    return Wait("The task run's time has not come.", -((now - scheduled) // 1_000_000))


def failed_run_is_tried_again(facts: TaskRunFacts, proposal: TaskProposal, now: int) -> Decision | None:
    """A run with retries left awaits the next one instead of failing."""
    policy = proposal.policy
    allowed = policy.max_retries if policy.retries is None else policy.retries
    if proposal.state.type != "FAILED" or facts.state.type != "RUNNING" or facts.run_count > allowed:
        return None
    delay_us = round(policy.delay_seconds(facts.run_count - 1) * 1_000_000)
    details: dict[str, Any] = {**(proposal.state.details or {}), "scheduled_time": instant_text(now + delay_us)}
    waiting = replace(proposal.state, type="SCHEDULED", name="AwaitingRetry", details=details, data=None)
    return Reject(f"The task run is tried again: {facts.run_count} of {allowed + 1} runs made.", waiting)


def run_is_made_again(facts: TaskRunFacts, proposal: TaskProposal, now: int) -> Decision | None:
    """A run that goes on behind its end, or a failure, says so by the name of its state."""
    current, state = facts.state, proposal.state
    if state.type != "RUNNING" or state.name != "Running":
        return None
    if current.type in TERMINAL_TYPES or current.name == "AwaitingRetry":
        return Accept(replace(state, name="Retrying"))
    return Accept(replace(state, name="Rerunning")) if current.type == "RUNNING" else None


def time_is_kept(facts: TaskRunFacts, proposal: TaskProposal, now: int) -> Decision | None:
    """A run that becomes Pending before its time still knows its time."""
    scheduled = (facts.state.details or {}).get("scheduled_time")
    if proposal.state.type != "PENDING" or facts.state.type != "SCHEDULED" or scheduled is None:
        return None
    details = {"scheduled_time": scheduled, **(proposal.state.details or {})}
    return Accept(replace(proposal.state, details=details))


TASK_RULES: Final[tuple[Callable[[TaskRunFacts, TaskProposal, int], Decision | None], ...]] = (
    flow_run_is_running,
    result_is_kept,
    time_has_come,
    failed_run_is_tried_again,
    run_is_made_again,
    time_is_kept,
)
