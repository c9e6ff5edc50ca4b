"""Burying a journal: what its process left unfinished is concluded, once, in one step."""

from headrace._kernel.ids import new_id
from headrace._records import StateRecord
from headrace._stream import Burial
from headrace.server.orchestration.facts import PRESUMED
from headrace.server.store import hot, states
from headrace.server.store.state_ids import beside
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.journals import cursors, is_buried, prune
from headrace.server.usecases.propose_state import propose_state
from tests.support.journals import Teller, begun, concluded, created, line, task_moved

NOW = 1_000
MESSAGE = "Process 7 on host 'here' ended at noon."


def state_of_flow_run(store: Store, run_id: bytes) -> StateRecord | None:
    with store.read() as tx:
        return hot.flow_run_facts(tx, (run_id,))[run_id].state


def state_of_task_run(store: Store, run_id: bytes) -> StateRecord:
    with store.read() as tx:
        return hot.task_run_facts(tx, (run_id,))[run_id].state


def test_unfinished_runs_of_a_dead_process_are_crashed_with_the_message(store: Store) -> None:
    teller, run_id, ended, running, pending, done = Teller(), *(new_id() for _ in range(5))
    batch = teller.batch(
        begun(run_id),
        begun(ended),
        concluded(ended),
        created(running, run_id),
        task_moved(running, "RUNNING", 4, 1),
        created(pending, run_id),
        created(done, run_id),
        task_moved(done, "COMPLETED", 5, 1),
        logs=[line(run_id)],
    )
    ingest(store, batch, now=NOW)
    assert bury(store, teller.journal, MESSAGE, now=2_000) == Burial((run_id,), 2)
    crash = StateRecord(1, 2, "CRASHED", "Crashed", 2_000, MESSAGE, {PRESUMED: True})
    assert state_of_flow_run(store, run_id) == crash
    assert state_of_task_run(store, running) == beside(running, crash)
    assert state_of_task_run(store, pending).ordinal == 1
    assert state_of_task_run(store, done).type == "COMPLETED"
    kept = state_of_flow_run(store, ended)
    assert kept is not None
    assert kept.type == "COMPLETED"
    assert cursors(store, teller.journal.journal_id) == (batch.states.end, batch.logs.end)


def test_the_times_of_a_crashed_run_are_told(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id, 10)), now=NOW)
    bury(store, teller.journal, MESSAGE, now=2_000)
    with store.read() as tx:
        facts = hot.flow_run_facts(tx, (run_id,))[run_id]
    assert (facts.start_at, facts.end_at, facts.running_us) == (11, 2_000, 1_989)


def test_burying_again_changes_nothing(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    bury(store, teller.journal, MESSAGE, now=2_000)
    assert bury(store, teller.journal, "another message", now=3_000) == Burial()
    with store.read() as tx:
        assert [state.at for state in states.of_flow_run(tx, run_id)] == [1, 2, 2_000]


def test_a_journal_of_which_the_store_never_heard_is_closed(store: Store) -> None:
    journal = Teller().journal
    assert not is_buried(store, journal.journal_id)
    assert cursors(store, journal.journal_id) is None
    assert bury(store, journal, MESSAGE, now=NOW) == Burial()
    assert is_buried(store, journal.journal_id)


def test_a_run_that_was_being_cancelled_is_cancelled(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    propose_state(store, run_id, "CANCELLING", now=NOW)
    assert bury(store, teller.journal, MESSAGE, now=2_000) == Burial()
    state = state_of_flow_run(store, run_id)
    assert state is not None
    assert state.type == "CANCELLED"


def test_runs_that_another_process_took_over_are_left_to_it(store: Store) -> None:
    parent, child, run_id, task_id = Teller(), Teller(), new_id(), new_id()
    ingest(store, parent.batch(begun(run_id), created(task_id, run_id)), now=NOW)
    ingest(store, child.batch(task_moved(task_id, "RUNNING", 4, 1)), now=NOW)
    assert bury(store, parent.journal, MESSAGE, now=2_000) == Burial((run_id,), 0)
    assert state_of_task_run(store, task_id).type == "RUNNING"
    assert bury(store, child.journal, MESSAGE, now=2_000) == Burial((), 1)


def test_a_run_that_was_ended_by_force_stays_as_it_was_made(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    propose_state(store, run_id, "FAILED", is_forced=True, now=NOW)
    assert bury(store, teller.journal, MESSAGE, now=2_000) == Burial()


def test_many_unfinished_task_runs_are_buried_at_once(store: Store) -> None:
    teller, run_id, tasks = Teller(), new_id(), [new_id() for _ in range(1_500)]
    ingest(store, teller.batch(begun(run_id), *[created(task_id, run_id) for task_id in tasks]), now=NOW)
    assert bury(store, teller.journal, MESSAGE, now=2_000) == Burial((run_id,), len(tasks))


def test_journals_that_were_closed_long_ago_are_forgotten_and_their_keys_not_given_again(store: Store) -> None:
    old, letter, recent, latest = (Teller() for _ in range(4))
    run_id = new_id()
    ingest(store, old.batch(begun(run_id), logs=[line(run_id, "old")]), now=NOW)
    ingest(store, letter.batch(b"unreadable"), now=NOW)
    for teller, at in ((old, 2_000), (letter, 2_000), (recent, 3_000), (latest, 2_000)):
        bury(store, teller.journal, MESSAGE, now=at)
    assert prune(store, closed_before=3_000) == 1
    known = [cursors(store, teller.journal.journal_id) is not None for teller in (old, letter, recent, latest)]
    assert known == [False, True, True, True]
    new = Teller()
    ingest(store, new.batch(begun(new_id()), logs=[line(run_id, "new")]), now=NOW)
    with store.read() as tx:
        rows = tx.rows_among("SELECT message FROM logs WHERE flow_run_id {among} ORDER BY seq", (run_id,))
    assert [row[0] for row in rows] == ["old", "new"]
