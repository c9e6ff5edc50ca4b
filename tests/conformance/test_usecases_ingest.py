"""Ingesting a journal's batches: what becomes rows, what becomes a dead letter, and what is answered."""

import pytest

from headrace._kernel.ids import new_id
from headrace._records import StateRecord
from headrace._stream import IngestReply, SinkRefused, Verdict
from headrace.server.orchestration.facts import is_presumed
from headrace.server.store import hot, journals, states
from headrace.server.store.facts import FlowRunFacts, TaskRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.delete_flow_run import delete_flow_run
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.propose_state import propose_state
from tests.support.journals import Teller, begun, concluded, created, line, moved, task_moved
from tests.support.runs import state

NOW = 1_000
TOO_LARGE = 2**63  # for the integers of any database


@pytest.fixture
def teller() -> Teller:
    return Teller()


def flow_run(store: Store, run_id: bytes) -> FlowRunFacts | None:
    with store.read() as tx:
        return hot.flow_run_facts(tx, (run_id,)).get(run_id)


def task_run(store: Store, run_id: bytes) -> TaskRunFacts | None:
    with store.read() as tx:
        return hot.task_run_facts(tx, (run_id,)).get(run_id)


def history(store: Store, run_id: bytes) -> list[StateRecord]:
    with store.read() as tx:
        return states.of_flow_run(tx, run_id)


def messages(store: Store, flow_run_id: bytes) -> list[str]:
    with store.read() as tx:
        rows = tx.rows_among("SELECT message FROM logs WHERE flow_run_id {among} ORDER BY seq", (flow_run_id,))
    return [row[0] for row in rows]


def letters(store: Store, teller: Teller) -> list[journals.DeadLetter]:
    with store.read() as tx:
        return [letter for letter in journals.dead_letters(tx) if letter.journal_id == teller.journal.journal_id]


def only(reply: IngestReply) -> Verdict:
    (verdict,) = reply.verdicts
    return verdict


def test_a_begin_is_accepted_with_the_flow_s_id_and_the_run_is_held_by_its_process(
    store: Store, teller: Teller
) -> None:
    run_id = new_id()
    record = begun(run_id, 5, tags=("a",), parameters=b'{"x":1}', flow_version="v", parent_task_run_id=new_id())
    verdict = only(ingest(store, teller.batch(record), now=NOW))
    facts = flow_run(store, run_id)
    assert facts is not None
    assert verdict == Verdict(run_id, 1, 1, "ACCEPT", record.states[1], None, facts.flow_id)
    assert (facts.state, facts.journal_id, facts.attempt) == (record.states[1], teller.journal.journal_id, 1)
    assert (facts.flow_name, facts.name, facts.tags, facts.flow_version) == ("flow", "able-otter", ("a",), "v")
    assert facts.parent_task_run_id == record.parent_task_run_id
    assert (facts.run_count, facts.start_at, facts.expected_start_at, facts.end_at) == (1, 6, 5, None)
    assert history(store, run_id) == list(record.states)


def test_a_run_that_begins_and_ends_in_one_batch_is_stored_with_its_reports_and_lines(
    store: Store, teller: Teller
) -> None:
    run_id, task_id, upstream = new_id(), new_id(), new_id()
    batch = teller.batch(
        begun(run_id, 1),
        created(task_id, run_id, 3, tags=("t",), inputs=(("x", (upstream,)),), dynamic_key="0"),
        task_moved(task_id, "RUNNING", 4, 1),
        task_moved(task_id, "COMPLETED", 6, 2),
        concluded(run_id, at=9),
        logs=[line(run_id, "first"), line(run_id, "second", task_run_id=task_id)],
    )
    reply = ingest(store, batch, now=NOW)
    assert (reply.states_cursor, reply.logs_cursor, reply.dead_letters) == (batch.states.end, batch.logs.end, 0)
    assert [verdict.status for verdict in reply.verdicts] == ["ACCEPT", "ACCEPT"]
    facts, task = flow_run(store, run_id), task_run(store, task_id)
    assert facts is not None
    assert task is not None
    assert (facts.state and facts.state.type, facts.end_at, facts.running_us, facts.run_count) == ("COMPLETED", 9, 7, 1)
    assert (task.state.type, task.start_at, task.end_at, task.running_us, task.tags) == ("COMPLETED", 4, 6, 2, ("t",))
    assert messages(store, run_id) == ["first", "second"]


def test_a_retry_in_process_is_kept_in_the_history(store: Store, teller: Teller) -> None:
    run_id = new_id()
    reply = ingest(
        store,
        teller.batch(
            begun(run_id, 1),
            moved(run_id, state("SCHEDULED", 5, ordinal=2, name="AwaitingRetry")),
            moved(run_id, state("RUNNING", 7, ordinal=3, name="Retrying")),
            concluded(run_id, at=9, ordinal=4),
        ),
        now=NOW,
    )
    assert {verdict.status for verdict in reply.verdicts} == {"ACCEPT"}
    facts = flow_run(store, run_id)
    assert facts is not None
    assert (facts.run_count, facts.running_us) == (2, 5)
    assert [each.name for each in history(store, run_id)] == [
        "Pending",
        "Running",
        "AwaitingRetry",
        "Retrying",
        "Completed",
    ]


# --- cursors


def test_a_batch_before_the_cursor_is_refused_with_the_cursors(store: Store, teller: Teller) -> None:
    first = teller.batch(begun(new_id()), logs=[line(None, "x")])
    ingest(store, first, now=NOW)
    with pytest.raises(SinkRefused) as refused:
        ingest(store, first, now=NOW)
    assert (refused.value.states_cursor, refused.value.logs_cursor) == (first.states.end, first.logs.end)


def test_a_batch_that_leaves_something_out_is_refused(store: Store, teller: Teller) -> None:
    ingest(store, teller.batch(begun(new_id())), now=NOW)
    teller.batch(begun(new_id()))
    with pytest.raises(SinkRefused):
        ingest(store, teller.batch(begun(new_id())), now=NOW)


def test_a_journal_of_which_the_store_never_heard_begins_where_it_says(store: Store, teller: Teller) -> None:
    teller.states_at, teller.logs_at = 7 << 32, 9 << 32
    batch = teller.batch(begun(new_id()))
    assert ingest(store, batch, now=NOW).states_cursor == batch.states.end


def test_a_closed_journal_takes_nothing_more(store: Store, teller: Teller) -> None:
    run_id = new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    bury(store, teller.journal, "gone", now=NOW)
    with pytest.raises(SinkRefused, match="closed"):
        ingest(store, teller.batch(concluded(run_id)), now=NOW)


def test_an_empty_batch_makes_the_journal_known_and_changes_nothing_after(store: Store, teller: Teller) -> None:
    for _ in range(2):
        assert ingest(store, teller.batch(), now=NOW) == IngestReply(0, 0)


def test_a_proposal_whose_reply_was_lost_is_answered_again(store: Store, teller: Teller) -> None:
    run_id = new_id()
    first = only(ingest(store, teller.batch(begun(run_id)), now=NOW))
    assert only(ingest(store, teller.batch(begun(run_id)), now=NOW)) == first
    ended = only(ingest(store, teller.batch(concluded(run_id)), now=NOW))
    assert only(ingest(store, teller.batch(concluded(run_id)), now=NOW)) == ended
    assert len(history(store, run_id)) == 3


# --- who holds a run


def test_a_run_is_begun_by_one_process_only(store: Store, teller: Teller) -> None:
    run_id, rival = new_id(), Teller()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    refused = only(ingest(store, rival.batch(begun(run_id)), now=NOW))
    assert (refused.status, refused.state and refused.state.type) == ("ABORT", "RUNNING")
    # One that heard nothing of it, and ran, is not listened to either.
    assert only(ingest(store, rival.batch(concluded(run_id, "FAILED")), now=NOW)).status == "ABORT"
    assert only(ingest(store, teller.batch(concluded(run_id)), now=NOW)).status == "ACCEPT"


def test_a_newer_attempt_fences_the_older_one(store: Store, teller: Teller) -> None:
    run_id, second = new_id(), Teller()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    bury(store, teller.journal, "gone", now=NOW)
    assert only(ingest(store, second.batch(begun(run_id, 20, attempt=2)), now=NOW)).status == "ACCEPT"
    late = only(ingest(store, Teller().batch(concluded(run_id, at=30)), now=NOW))
    assert late.status == "ABORT"
    assert "Attempt 2" in (late.reason or "")
    facts = flow_run(store, run_id)
    assert facts is not None
    assert (facts.attempt, facts.state and facts.state.type) == (2, "RUNNING")


def test_a_crash_that_was_presumed_is_overruled_and_the_history_keeps_both(store: Store, teller: Teller) -> None:
    run_id = new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    bury(store, teller.journal, "its lease ran out", now=NOW)
    verdict = only(ingest(store, Teller().batch(concluded(run_id, at=2_000)), now=3_000))
    assert (verdict.status, verdict.state and verdict.state.ordinal) == ("ACCEPT", 3)
    assert [each.type for each in history(store, run_id)] == ["PENDING", "RUNNING", "CRASHED", "COMPLETED"]
    facts = flow_run(store, run_id)
    assert facts is not None
    assert facts.end_at == 2_000


def test_a_run_that_is_cancelled_ends_cancelled_whatever_its_process_concludes(store: Store, teller: Teller) -> None:
    run_id = new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    propose_state(store, run_id, "CANCELLING", now=NOW)
    for _ in range(2):
        verdict = only(ingest(store, teller.batch(concluded(run_id)), now=NOW))
        assert (verdict.status, verdict.state and verdict.state.type) == ("REJECT", "CANCELLED")
    assert [each.type for each in history(store, run_id)] == ["PENDING", "RUNNING", "CANCELLING", "CANCELLED"]


def test_two_processes_that_begin_the_first_runs_of_a_flow_learn_one_flow_id(store: Store, teller: Teller) -> None:
    name, run_ids = new_id().hex(), (new_id(), new_id())
    ids = {
        only(ingest(store, each.batch(begun(run_id, flow_name=name)), now=NOW)).flow_id
        for each, run_id in zip((teller, Teller()), run_ids, strict=True)
    }
    assert len(ids) == 1


# --- dead letters


@pytest.mark.parametrize("unreadable", [b"\xc1", b"", b"\x93\x63\x01\x02"])
def test_a_record_that_cannot_be_read_is_a_dead_letter_and_blocks_nothing(
    store: Store, teller: Teller, unreadable: bytes
) -> None:
    run_id = new_id()
    batch = teller.batch(begun(run_id), unreadable, concluded(run_id), logs=[line(run_id), unreadable])
    reply = ingest(store, batch, now=NOW)
    assert reply.dead_letters == 2
    assert [verdict.status for verdict in reply.verdicts] == ["ACCEPT", "ACCEPT"]
    kept = [(letter.series, letter.position, letter.payload) for letter in letters(store, teller)]
    assert sorted(kept) == [("logs", 10, unreadable), ("states", 10, unreadable)]


@pytest.mark.parametrize("place", [0, 1, 6, 11])
def test_a_row_that_the_database_refuses_is_found_and_the_rest_is_stored(
    store: Store, teller: Teller, place: int
) -> None:
    run_id, tasks, bad = new_id(), [new_id() for _ in range(10)], new_id()
    records = [begun(run_id), *[created(task_id, run_id) for task_id in tasks], concluded(run_id)]
    records.insert(place, created(bad, run_id, TOO_LARGE))
    batch = teller.batch(*records, logs=[line(run_id, str(number)) for number in range(3)])
    reply = ingest(store, batch, now=NOW)
    assert (reply.states_cursor, reply.logs_cursor, reply.dead_letters) == (batch.states.end, batch.logs.end, 1)
    assert [verdict.status for verdict in reply.verdicts] == ["ACCEPT", "ACCEPT"]
    assert [letter.position for letter in letters(store, teller)] == [place * 10]
    assert all(task_run(store, task_id) is not None for task_id in tasks)
    assert task_run(store, bad) is None
    assert messages(store, run_id) == ["0", "1", "2"]


def test_a_line_that_the_database_refuses_is_found_too(store: Store, teller: Teller) -> None:
    run_id = new_id()
    lines = [line(run_id, "fine"), line(run_id, "not fine", at=TOO_LARGE), line(run_id, "fine as well")]
    reply = ingest(store, teller.batch(begun(run_id), logs=lines), now=NOW)
    assert reply.dead_letters == 1
    assert messages(store, run_id) == ["fine", "fine as well"]


def test_a_proposal_that_the_database_refuses_is_stopped(store: Store, teller: Teller) -> None:
    run_id = new_id()
    verdict = only(ingest(store, teller.batch(begun(run_id, TOO_LARGE)), now=NOW))
    assert (verdict.run_id, verdict.attempt, verdict.ordinal, verdict.status) == (run_id, 1, 1, "ABORT")
    assert "cannot store" in (verdict.reason or "")


def test_a_nul_is_a_dead_letter_where_the_database_rejects_it(store: Store, teller: Teller) -> None:
    run_id, task_id = new_id(), new_id()
    batch = teller.batch(
        begun(run_id), created(task_id, run_id, name="a\0b"), concluded(run_id), logs=[line(run_id, "x\0y")]
    )
    reply = ingest(store, batch, now=NOW)
    assert [verdict.status for verdict in reply.verdicts] == ["ACCEPT", "ACCEPT"]
    assert reply.dead_letters == (2 if store.dialect.rejects_nul else 0)
    assert (task_run(store, task_id) is None) is store.dialect.rejects_nul


def test_a_flow_with_a_name_that_is_too_long_is_told_so_and_all_other_texts_have_any_length(
    store: Store, teller: Teller
) -> None:
    refused = only(ingest(store, teller.batch(begun(new_id(), 5, flow_name="x" * 2_001)), now=NOW))
    assert (refused.status, refused.reason) == ("ABORT", "The name of a flow has at most 2000 bytes in UTF-8.")
    run_id, task_id, long = new_id(), new_id(), "x" * 100_000
    run, task = begun(run_id, 5, name=long, tags=(long,)), created(task_id, run_id, name=long, task_key=long)
    assert only(ingest(store, teller.batch(run, task), now=NOW)).status == "ACCEPT"
    facts, task_facts = flow_run(store, run_id), task_run(store, task_id)
    assert facts is not None
    assert task_facts is not None
    assert (facts.name, facts.tags, task_facts.name) == (long, (long,), long)


def test_a_conclusion_of_a_run_that_was_never_begun_is_a_dead_letter_and_stopped(store: Store, teller: Teller) -> None:
    run_id = new_id()
    reply = ingest(store, teller.batch(concluded(run_id)), now=NOW)
    assert (only(reply).status, reply.dead_letters) == ("ABORT", 1)
    assert flow_run(store, run_id) is None


def test_what_is_reported_of_a_deleted_run_is_a_dead_letter(store: Store, teller: Teller) -> None:
    run_id, before, after = new_id(), new_id(), new_id()
    ingest(store, teller.batch(begun(run_id), created(before, run_id), logs=[line(run_id)]), now=NOW)
    delete_flow_run(store, run_id)
    assert task_run(store, before) is None
    assert messages(store, run_id) == []
    reply = ingest(
        store,
        teller.batch(
            created(after, run_id),
            task_moved(after, "RUNNING", 5, 1),
            concluded(run_id),
            begun(run_id),
            logs=[line(run_id), line(None, "of no run")],
        ),
        now=NOW,
    )
    assert [verdict.status for verdict in reply.verdicts] == ["ABORT", "ABORT"]
    assert reply.dead_letters == 5
    assert flow_run(store, run_id) is None
    assert task_run(store, after) is None
    assert messages(store, run_id) == []


def test_reports_that_come_before_their_run_is_begun_wait_for_it(store: Store, teller: Teller) -> None:
    run_id, task_id, other = new_id(), new_id(), Teller()
    reply = ingest(store, other.batch(created(task_id, run_id), logs=[line(run_id, "early")]), now=NOW)
    assert reply.dead_letters == 0
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    task = task_run(store, task_id)
    assert task is not None
    assert task.flow_run_id == run_id
    assert messages(store, run_id) == ["early"]


def test_a_creation_that_comes_after_its_states_gives_the_run_its_name(store: Store, teller: Teller) -> None:
    run_id, task_id, child = new_id(), new_id(), Teller()
    ingest(store, child.batch(task_moved(task_id, "RUNNING", 4, 1), task_moved(task_id, "COMPLETED", 6, 2)), now=NOW)
    ingest(store, teller.batch(begun(run_id), created(task_id, run_id, name="named")), now=NOW)
    task = task_run(store, task_id)
    assert task is not None
    assert (task.name, task.flow_run_id, task.state.type, len(task.history)) == ("named", run_id, "COMPLETED", 3)


def test_a_task_run_is_merged_over_batches(store: Store, teller: Teller) -> None:
    run_id, task_id = new_id(), new_id()
    ingest(store, teller.batch(begun(run_id), created(task_id, run_id)), now=NOW)
    ingest(store, teller.batch(task_moved(task_id, "RUNNING", 4, 1)), now=NOW)
    ingest(store, teller.batch(task_moved(task_id, "COMPLETED", 6, 2), created(task_id, run_id)), now=NOW)
    task = task_run(store, task_id)
    assert task is not None
    assert (task.state.type, task.run_count, task.revision, task.running_us) == ("COMPLETED", 1, 3, 2)


def test_a_reported_state_stands_where_a_crash_was_presumed(store: Store, teller: Teller) -> None:
    run_id, task_id, child = new_id(), new_id(), Teller()
    ingest(store, teller.batch(begun(run_id), created(task_id, run_id)), now=NOW)
    bury(store, teller.journal, "gone", now=NOW)
    crashed = task_run(store, task_id)
    assert crashed is not None
    assert is_presumed(crashed.state)
    ingest(store, child.batch(task_moved(task_id, "RUNNING", 4, 1), task_moved(task_id, "COMPLETED", 6, 2)), now=NOW)
    task = task_run(store, task_id)
    assert task is not None
    assert [each.type for each in task.history] == ["PENDING", "RUNNING", "COMPLETED"]
