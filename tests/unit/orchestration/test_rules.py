"""The rules, one by one: who may propose, what is final, and what a proposal becomes."""

import itertools

import msgspec
import pytest

from headrace._kernel.instants import instant_text
from headrace._records import StateRecord
from headrace.server.orchestration.decisions import Abort, Accept, Reject, Wait
from headrace.server.orchestration.facts import is_presumed
from headrace.server.orchestration.instants import instant_in
from headrace.server.orchestration.rules import FORCED_RULES, RULES, decide
from headrace.server.orchestration.transitions import STATE_TYPES, TERMINAL_TYPES
from tests.support.runs import (
    JOURNAL,
    OTHER_JOURNAL,
    SECOND,
    facts_of,
    over_api,
    presumed_crash,
    state,
    told,
)

NOW = 1_800_000_000 * SECOND


def policy(**fields: object) -> bytes:
    return msgspec.json.encode(fields)


def accepted(decision: object) -> StateRecord:
    assert isinstance(decision, Accept), decision
    return decision.state


# --- tokens


def test_the_last_rule_always_answers() -> None:
    for rules, forced in ((RULES, False), (FORCED_RULES, True)):
        for current, proposed in itertools.product((None, *STATE_TYPES), STATE_TYPES):
            facts = facts_of(state(current) if current else None)
            assert rules[-1](facts, over_api(proposed, is_forced=forced), NOW) is not None


def test_a_process_begins_a_run_that_does_not_exist_yet() -> None:
    pending = state("PENDING", at=5)
    assert accepted(decide(facts_of(None), told("begin", pending), NOW)) is pending


def test_a_process_goes_on_with_its_run_in_an_attempt_of_its_own() -> None:
    facts = facts_of(state("SCHEDULED", ordinal=2, name="AwaitingRetry"), journal_id=JOURNAL)
    retried = accepted(decide(facts, told("move", state("RUNNING", attempt=2, ordinal=0)), NOW))
    assert (retried.attempt, retried.ordinal) == (2, 0)


def test_a_run_without_a_token_starts_with_attempt_one() -> None:
    made = accepted(decide(facts_of(None), over_api("PENDING"), NOW))
    assert (made.attempt, made.ordinal) == (1, 0)


@pytest.mark.parametrize("kind", ["begin", "move", "conclude"])
def test_a_proposal_of_an_older_attempt_is_stopped_and_told_which_attempt_holds_the_run(kind: str) -> None:
    facts = facts_of(state("RUNNING", attempt=2, ordinal=1), journal_id=JOURNAL)
    decision = decide(facts, told(kind, state("COMPLETED", attempt=1, ordinal=2)), NOW)
    assert isinstance(decision, Abort)
    assert "Attempt 2 holds this run" in decision.reason


def test_the_same_proposal_told_again_gets_the_same_answer_and_writes_nothing() -> None:
    ended = state("COMPLETED", at=7, ordinal=2)
    facts = facts_of(ended, journal_id=JOURNAL)
    assert accepted(decide(facts, told("conclude", state("COMPLETED", at=7, ordinal=2)), NOW)) is ended


def test_a_conclusion_told_again_after_it_was_cancelled_is_refused_again_with_the_cancelled_state() -> None:
    cancelled = state("CANCELLED", at=7, ordinal=3)
    decision = decide(facts_of(cancelled, journal_id=JOURNAL), told("conclude", state("COMPLETED", 7, ordinal=2)), NOW)
    assert decision == Reject("The run is over: it is Cancelled.")


@pytest.mark.parametrize("kind", ["begin", "move", "conclude"])
@pytest.mark.parametrize("attempt", [1, 2])
def test_for_a_run_that_a_process_holds_no_other_speaks(kind: str, attempt: int) -> None:
    facts = facts_of(state("RUNNING", at=1, ordinal=1), journal_id=JOURNAL)
    rival = told(kind, state("RUNNING", at=1, ordinal=1, attempt=attempt), journal_id=OTHER_JOURNAL)
    assert isinstance(decide(facts, rival, NOW), Abort)


@pytest.mark.parametrize("proposed", ["SCHEDULED", "PENDING", "RUNNING"])
def test_a_run_that_a_process_holds_is_not_started_over_the_api(proposed: str) -> None:
    facts = facts_of(state("RUNNING", ordinal=1), journal_id=JOURNAL)
    assert isinstance(decide(facts, over_api(proposed), NOW), Abort)
    assert isinstance(decide(facts, over_api(proposed, is_forced=True), NOW), Accept)


def test_a_paused_run_that_a_process_holds_is_resumed_over_the_api() -> None:
    facts = facts_of(state("PAUSED", ordinal=2), journal_id=JOURNAL)
    assert accepted(decide(facts, over_api("RUNNING"), NOW)).ordinal == 3


def test_a_process_begins_a_run_that_the_api_made_pending() -> None:
    pending = state("PENDING")
    facts = facts_of(pending)
    assert accepted(decide(facts, told("begin", state("PENDING", at=9)), NOW)) is pending
    running = accepted(decide(facts, told("begin", state("RUNNING", at=9, ordinal=1)), NOW))
    assert (running.type, running.ordinal) == ("RUNNING", 1)


def test_states_that_others_added_push_those_of_the_process_back() -> None:
    facts = facts_of(state("PAUSED", ordinal=4), journal_id=JOURNAL)
    ended = accepted(decide(facts, told("conclude", state("COMPLETED", ordinal=2)), NOW))
    assert (ended.attempt, ended.ordinal) == (1, 5)


# --- terminal is final


@pytest.mark.parametrize("current", sorted(TERMINAL_TYPES))
def test_a_process_cannot_change_a_run_that_is_over(current: str) -> None:
    facts = facts_of(state(current, ordinal=2), journal_id=JOURNAL)
    concluded = decide(facts, told("conclude", state("FAILED", at=9, ordinal=3, name="Another")), NOW)
    assert isinstance(concluded, Reject)
    assert concluded.state is None
    assert isinstance(decide(facts, told("move", state("RUNNING", at=9, ordinal=3)), NOW), Abort)


@pytest.mark.parametrize("current", sorted(TERMINAL_TYPES))
def test_a_newer_attempt_begins_a_run_that_is_over(current: str) -> None:
    facts = facts_of(state(current, ordinal=2), journal_id=JOURNAL)
    begun = told("begin", state("PENDING", attempt=2), journal_id=OTHER_JOURNAL)
    assert accepted(decide(facts, begun, NOW)) is begun.state
    unbegun = told("conclude", state("COMPLETED", attempt=2), journal_id=OTHER_JOURNAL)
    assert isinstance(decide(facts, unbegun, NOW), Abort)


@pytest.mark.parametrize("current", ["COMPLETED", "FAILED", "CRASHED"])
def test_a_run_that_is_over_runs_again_over_the_api_as_a_new_attempt(current: str) -> None:
    facts = facts_of(state(current, ordinal=2))
    again = accepted(decide(facts, over_api("RUNNING"), NOW))
    assert (again.attempt, again.ordinal) == (2, 0)


def test_a_cancelled_run_does_not_come_back() -> None:
    for proposed in ("PENDING", "RUNNING"):
        assert isinstance(decide(facts_of(state("CANCELLED")), over_api(proposed), NOW), Abort)


@pytest.mark.parametrize("proposed", ["COMPLETED", "FAILED", "RUNNING", "SCHEDULED", "CRASHED"])
def test_a_presumed_crash_is_overruled_by_its_own_attempt(proposed: str) -> None:
    facts = facts_of(presumed_crash(ordinal=2), journal_id=JOURNAL)
    kind = "conclude" if proposed in TERMINAL_TYPES else "move"
    assert accepted(decide(facts, told(kind, state(proposed, at=9, ordinal=2)), NOW)).ordinal == 3


def test_a_presumed_crash_is_not_overruled_once_a_newer_attempt_exists() -> None:
    facts = facts_of(presumed_crash(attempt=2), journal_id=OTHER_JOURNAL)
    assert isinstance(decide(facts, told("conclude", state("COMPLETED", ordinal=2)), NOW), Abort)


def test_over_the_api_a_presumed_crash_is_overruled_by_a_conclusion_and_a_reported_one_is_not() -> None:
    assert accepted(decide(facts_of(presumed_crash(ordinal=2)), over_api("COMPLETED"), NOW)).ordinal == 3
    assert isinstance(decide(facts_of(state("CRASHED", ordinal=2)), over_api("COMPLETED"), NOW), Reject)


def test_a_presumed_crash_is_one_that_its_details_mark() -> None:
    assert is_presumed(presumed_crash())
    assert not is_presumed(state("CRASHED", details={"other": True}))
    assert not is_presumed(state("FAILED", details={"presumed_crash": True}))


RESULT = b'{"type":"reference","storage_key":"x"}'


@pytest.mark.parametrize("proposed", ["SCHEDULED", "PENDING", "RUNNING"])
def test_a_run_whose_result_is_stored_is_not_run_again_unless_forced(proposed: str) -> None:
    facts = facts_of(state("COMPLETED", data=RESULT))
    assert isinstance(decide(facts, over_api(proposed), NOW), Reject)
    assert accepted(decide(facts, over_api(proposed, is_forced=True), NOW)).attempt == 2


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_stored_result_is_not_lost_even_by_force(is_forced: bool) -> None:
    facts = facts_of(state("COMPLETED", data=RESULT))
    assert isinstance(decide(facts, over_api("COMPLETED", is_forced=is_forced), NOW), Reject)


@pytest.mark.parametrize("data", [None, b"5", b'{"type":"unpersisted"}', b"[1]"])
def test_a_result_that_was_not_stored_does_not_keep_a_run_from_running_again(data: bytes | None) -> None:
    assert accepted(decide(facts_of(state("COMPLETED", data=data)), over_api("RUNNING"), NOW)).attempt == 2


# --- cancelling


@pytest.mark.parametrize("proposed", ["COMPLETED", "FAILED", "CRASHED"])
def test_a_run_that_ends_while_it_is_cancelled_is_cancelled(proposed: str) -> None:
    facts = facts_of(state("CANCELLING", ordinal=2), journal_id=JOURNAL)
    decision = decide(facts, told("conclude", state(proposed, at=9, ordinal=2)), NOW)
    assert isinstance(decision, Reject)
    assert decision.state is not None
    assert (decision.state.type, decision.state.ordinal, decision.state.at) == ("CANCELLED", 3, 9)


def test_a_run_that_is_cancelled_before_its_process_begins_it_is_cancelled() -> None:
    decision = decide(facts_of(state("CANCELLING", ordinal=1)), told("begin", state("PENDING", at=4)), NOW)
    assert isinstance(decision, Reject)
    assert decision.state is not None
    assert decision.state.type == "CANCELLED"


@pytest.mark.parametrize("is_forced", [False, True])
@pytest.mark.parametrize(
    "current", [state("SCHEDULED"), state("PAUSED", name="Suspended", details={"pause_reschedule": True})]
)
def test_a_run_without_a_process_is_cancelled_at_once(current: StateRecord, is_forced: bool) -> None:
    decision = decide(facts_of(current), over_api("CANCELLING", message="enough", is_forced=is_forced), NOW)
    assert isinstance(decision, Reject)
    assert decision.state is not None
    assert (decision.state.type, decision.state.message) == ("CANCELLED", "enough")


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_run_that_awaits_its_retry_is_cancelled_by_its_process(is_forced: bool) -> None:
    facts = facts_of(state("SCHEDULED", ordinal=2, name="AwaitingRetry"), journal_id=JOURNAL)
    cancelling = accepted(decide(facts, over_api("CANCELLING", is_forced=is_forced), NOW))
    assert (cancelling.type, cancelling.ordinal) == ("CANCELLING", 3)


# --- time, pauses, retries


def test_a_run_waits_for_its_time_and_keeps_it_while_it_is_pending() -> None:
    scheduled = state("SCHEDULED", details={"scheduled_time": instant_text(NOW + 59 * SECOND + 1)})
    pending = accepted(decide(facts_of(scheduled), over_api("PENDING"), NOW))
    assert instant_in(pending, "scheduled_time") == NOW + 59 * SECOND + 1
    for current in (scheduled, pending):
        decision = decide(facts_of(current), over_api("RUNNING"), NOW)
        assert isinstance(decision, Wait)
        assert decision.delay_seconds == 60
        assert isinstance(decide(facts_of(current), over_api("RUNNING"), NOW + 60 * SECOND), Accept)
        assert isinstance(decide(facts_of(current), over_api("RUNNING", is_forced=True), NOW), Accept)


def test_a_process_that_awaits_its_retry_keeps_the_time_itself() -> None:
    waiting = state("SCHEDULED", ordinal=2, details={"scheduled_time": instant_text(NOW + SECOND)})
    decision = decide(facts_of(waiting, journal_id=JOURNAL), told("move", state("RUNNING", ordinal=3)), NOW)
    assert isinstance(decision, Accept)


def test_only_a_scheduled_run_is_late_and_only_once() -> None:
    assert isinstance(decide(facts_of(state("SCHEDULED")), over_api("SCHEDULED", name="Late"), NOW), Accept)
    late = facts_of(state("SCHEDULED", name="Late"))
    assert isinstance(decide(late, over_api("SCHEDULED", name="Late"), NOW), Reject)
    assert isinstance(decide(facts_of(state("RUNNING")), over_api("SCHEDULED", name="Late"), NOW), Reject)


def test_a_pause_fires_once_for_each_key() -> None:
    facts = facts_of(state("RUNNING"), policy=policy(pause_keys=["a"]))
    assert isinstance(decide(facts, over_api("PAUSED", details={"pause_key": "a"}), NOW), Reject)
    assert isinstance(decide(facts, over_api("PAUSED", details={"pause_key": "b"}), NOW), Accept)


def test_a_run_without_a_deployment_is_not_suspended() -> None:
    suspended = over_api("PAUSED", name="Suspended", details={"pause_reschedule": True})
    assert isinstance(decide(facts_of(state("RUNNING")), suspended, NOW), Abort)
    assert isinstance(decide(facts_of(state("PENDING")), suspended, NOW), Reject)


@pytest.mark.parametrize("proposed", ["RUNNING", "SCHEDULED", "COMPLETED", "FAILED"])
def test_a_run_whose_pause_timed_out_fails(proposed: str) -> None:
    paused = facts_of(state("PAUSED", details={"pause_timeout": instant_text(NOW - 1)}))
    decision = decide(paused, over_api(proposed), NOW)
    assert isinstance(decision, Reject)
    assert decision.state is not None
    assert (decision.state.type, decision.state.name) == ("FAILED", "Failed")


def test_a_run_whose_pause_has_not_timed_out_goes_on() -> None:
    paused = facts_of(state("PAUSED", details={"pause_timeout": instant_text(NOW + 1)}))
    assert isinstance(decide(paused, over_api("RUNNING"), NOW), Accept)
    assert isinstance(decide(facts_of(state("PAUSED")), over_api("RUNNING"), NOW), Accept)


@pytest.mark.parametrize("proposed", ["RUNNING", "SCHEDULED", "COMPLETED"])
def test_a_suspended_run_without_a_deployment_cannot_go_on(proposed: str) -> None:
    suspended = facts_of(state("PAUSED", name="Suspended", details={"pause_reschedule": True}))
    assert isinstance(decide(suspended, over_api(proposed), NOW), Reject)


@pytest.mark.parametrize("given", [policy(retries=2, retry_delay=30), policy(max_retries=2, retry_delay_seconds=30.0)])
def test_a_failed_run_with_retries_left_awaits_the_next(given: bytes) -> None:
    facts = facts_of(state("RUNNING", ordinal=1), policy=given, run_count=2)
    decision = decide(facts, over_api("FAILED", message="boom", data=b"1"), NOW)
    assert isinstance(decision, Reject)
    assert decision.state is not None
    assert (decision.state.type, decision.state.name, decision.state.message) == ("SCHEDULED", "AwaitingRetry", "boom")
    assert instant_in(decision.state, "scheduled_time") == NOW + 30 * SECOND


def test_a_failed_run_without_retries_left_fails() -> None:
    exhausted = facts_of(state("RUNNING", ordinal=1), policy=policy(retries=2), run_count=3)
    assert isinstance(decide(exhausted, over_api("FAILED"), NOW), Accept)
    left = facts_of(state("RUNNING", ordinal=1), policy=policy(retries=2), run_count=1)
    assert isinstance(decide(left, over_api("CRASHED"), NOW), Accept)
    assert isinstance(decide(left, over_api("FAILED", is_forced=True), NOW), Accept)
    assert isinstance(decide(left, told("conclude", state("FAILED", ordinal=2)), NOW), Accept)


def test_a_transition_that_was_made_is_not_made_again() -> None:
    running = facts_of(state("RUNNING", details={"transition_id": "t"}))
    assert isinstance(decide(running, over_api("COMPLETED", details={"transition_id": "t"}), NOW), Reject)
    assert isinstance(decide(running, over_api("COMPLETED", details={"transition_id": "u"}), NOW), Accept)


def test_an_instant_in_details_is_read_with_and_without_an_offset() -> None:
    for text in ("2027-01-15T08:00:00Z", "2027-01-15T08:00:00", "2027-01-15T10:00:00+02:00", instant_text(NOW)):
        assert instant_in(state("SCHEDULED", details={"scheduled_time": text}), "scheduled_time") == NOW
    assert instant_in(state("SCHEDULED", details={"scheduled_time": "soon"}), "scheduled_time") is None
    assert instant_in(state("SCHEDULED"), "scheduled_time") is None
