"""What a run's states say of its progress."""

import msgspec

from headrace._kernel.instants import instant_text
from headrace.server.orchestration.facts import policy_of
from headrace.server.orchestration.progress import Progress, entered, progress_of
from tests.support.runs import JOURNAL, facts_of, presumed_crash, state


def test_a_run_counts_its_runnings_and_the_time_it_was_running() -> None:
    states = (
        state("PENDING", 1),
        state("RUNNING", 2),
        state("SCHEDULED", 5),
        state("RUNNING", 10),
        state("COMPLETED", 14),
    )
    assert progress_of(states) == Progress(run_count=2, start_at=2, end_at=14, running_us=7)
    assert progress_of(states[:3]) == Progress(run_count=1, start_at=2, end_at=None, running_us=3)


def test_a_run_that_never_ran_started_when_it_ended() -> None:
    assert progress_of((state("PENDING", 1), state("FAILED", 4))) == Progress(0, 4, 4, 0)


def test_an_end_stays_where_it_is_unless_it_was_presumed() -> None:
    assert progress_of((state("COMPLETED", 4), state("FAILED", 9))).end_at == 4
    assert progress_of((presumed_crash(4), state("COMPLETED", 9))).end_at == 9


def test_a_run_that_goes_on_has_no_end() -> None:
    assert progress_of((state("FAILED", 4), state("PENDING", 9))).end_at is None


def test_a_clock_that_goes_back_takes_no_running_time_away() -> None:
    assert progress_of((state("RUNNING", 9), state("COMPLETED", 4))).running_us == 0


def test_a_flow_run_expects_to_start_at_the_time_of_its_first_state() -> None:
    scheduled = state("SCHEDULED", 1, details={"scheduled_time": instant_text(50)})
    facts = entered(facts_of(None), scheduled, None)
    assert (facts.expected_start_at, facts.next_scheduled_at) == (50, 50)
    facts = entered(facts, state("PENDING", 2, ordinal=1), None)
    assert (facts.expected_start_at, facts.next_scheduled_at) == (50, None)
    assert entered(facts_of(None), state("PENDING", 3), None).expected_start_at == 3


def test_a_flow_run_is_held_by_the_process_that_moves_it_until_a_new_attempt_over_the_api() -> None:
    facts = entered(facts_of(None), state("RUNNING", 1), JOURNAL)
    assert facts.journal_id == JOURNAL
    facts = entered(facts, state("CANCELLING", 2, ordinal=1), None)
    assert facts.journal_id == JOURNAL
    assert entered(facts, state("PENDING", 3, attempt=2), None).journal_id is None


def test_the_policy_remembers_pauses_and_how_a_run_is_retried() -> None:
    facts = entered(facts_of(state("RUNNING")), state("PAUSED", 1, ordinal=1, details={"pause_key": "a"}), None)
    assert policy_of(facts).pause_keys == ("a",)
    facts = entered(facts, state("RUNNING", 2, ordinal=2), None)
    assert policy_of(facts).resuming is True
    retried = facts_of(state("RUNNING"), policy=msgspec.json.encode({"retries": 1}))
    waiting = entered(retried, state("SCHEDULED", 1, ordinal=1, name="AwaitingRetry"), None)
    assert policy_of(waiting).retry_type == "in_process"
    assert policy_of(entered(waiting, state("FAILED", 2, ordinal=2), None)).retry_type is None


def test_the_policy_of_a_script_s_run_stays_empty() -> None:
    facts = entered(facts_of(None), state("RUNNING", 1), JOURNAL)
    assert entered(facts, state("COMPLETED", 2, ordinal=1), JOURNAL).policy == b"{}"
