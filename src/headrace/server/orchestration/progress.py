"""A run's progress: how often it ran, when it began and ended, and how long it was Running, as its states tell it."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from headrace._records import StateRecord
from headrace.server.orchestration.facts import is_presumed, policy_of
from headrace.server.orchestration.instants import instant_in
from headrace.server.orchestration.transitions import TERMINAL_TYPES
from headrace.server.store.facts import FlowRunFacts

__all__ = ["NONE", "Progress", "entered", "progress_of"]


class Progress(msgspec.Struct, frozen=True, gc=False):
    """What follows from the states that a run has been in."""

    run_count: int = 0  # how often it became Running
    start_at: int | None = None  # when it first did, or else ended
    end_at: int | None = None  # when it ended; None while it goes on
    running_us: int = 0  # time in Running states that are over


NONE: Final = Progress()
"""The progress of a run that has been nowhere."""


def progress_of(
    states: Iterable[StateRecord], progress: Progress = NONE, before: StateRecord | None = None
) -> Progress:
    """The progress of a run that goes to these states, in this order, from the state `before` and its `progress`."""
    count, start_at, end_at, running_us = progress.run_count, progress.start_at, progress.end_at, progress.running_us
    for state in states:
        if before is not None and before.type == "RUNNING" and state.at > before.at:
            running_us += state.at - before.at
        if state.type == "RUNNING":
            count += 1
            start_at = state.at if start_at is None else start_at
            end_at = None
        elif state.type in TERMINAL_TYPES:
            start_at = state.at if start_at is None else start_at
            # What follows the end changes it only where that end was presumed.
            if end_at is None or (before is not None and is_presumed(before)):
                end_at = state.at
        else:
            end_at = None
        before = state
    return Progress(count, start_at, end_at, running_us)


def entered(facts: FlowRunFacts, state: StateRecord, journal_id: bytes | None) -> FlowRunFacts:
    """The facts of a flow run that has gone to `state`, proposed by the process with this journal (None: the API)."""
    before = Progress(facts.run_count, facts.start_at, facts.end_at, facts.running_us)
    progress = progress_of((state,), before, facts.state)
    scheduled_at = instant_in(state, "scheduled_time") if state.type == "SCHEDULED" else None
    expected_at = facts.expected_start_at
    # A new attempt that nobody's journal reports is held by no process.
    holder = facts.journal_id if journal_id is None and state.attempt == facts.attempt else journal_id
    return replace(
        facts,
        attempt=state.attempt,
        ordinal=state.ordinal,
        state=state,
        policy=_policy_after(facts, state),
        run_count=progress.run_count,
        start_at=progress.start_at,
        end_at=progress.end_at,
        running_us=progress.running_us,
        expected_start_at=(scheduled_at or state.at) if expected_at is None else expected_at,
        next_scheduled_at=scheduled_at,
        journal_id=holder,
    )


def _policy_after(facts: FlowRunFacts, state: StateRecord) -> bytes:
    """The run's policy, with what clients read there of its transitions: pauses that fired, how it is retried."""
    before, policy = facts.state, policy_of(facts)
    changed = policy
    if state.type == "PAUSED" and (key := (state.details or {}).get("pause_key")) is not None:
        changed = replace(changed, pause_keys=tuple(sorted({*(policy.pause_keys or ()), str(key)})))
    if before is not None and before.type == "PAUSED" and state.type == "RUNNING":
        changed = replace(changed, resuming=True)
    if state.name == "AwaitingRetry" and policy.retries_allowed:
        changed = replace(changed, retry_type="in_process")
    if state.type in TERMINAL_TYPES and policy.retry_type is not None:
        changed = replace(changed, retry_type=None)
    return facts.policy if changed is policy else msgspec.json.encode(changed)
