"""Leases of journals: a process that is not heard of is presumed dead, once, and may come back and overrule it."""

from functools import partial

from headrace._kernel.ids import new_id
from headrace._records import PRESUMED, StateRecord
from headrace._stream import Burial
from headrace.server.store import hot, states
from headrace.server.store.leases import Lease
from headrace.server.store.state_ids import beside
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.empty_store import empty
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.journals import is_buried
from headrace.server.usecases.leases import held, presume_dead, renew
from headrace.server.usecases.propose_state import propose_state
from tests.conformance.conftest import Database
from tests.support.contenders import at_once
from tests.support.journals import Teller, begun, concluded, created, line, task_moved

NOW = 1_000
LATER = 2_000


def leased(store: Store, *records: object) -> tuple[Teller, Lease]:
    """A process that has reported this, and has a lease."""
    teller = Teller()
    ingest(store, teller.batch(*records), now=NOW)
    assert renew(store, teller.journal.journal_id, 60, now=NOW)
    (lease,) = [each for each in held(store) if each.journal_id == teller.journal.journal_id]
    return teller, lease


def names(store: Store, run_id: bytes) -> list[str]:
    with store.read() as tx:
        return [state.name for state in states.of_flow_run(tx, run_id)]


def state_of_task_run(store: Store, run_id: bytes) -> StateRecord:
    with store.read() as tx:
        return hot.task_run_facts(tx, (run_id,))[run_id].state


def test_a_lease_is_had_by_journals_that_are_known_and_open(store: Store) -> None:
    teller = Teller()
    assert not renew(store, teller.journal.journal_id, 60, now=NOW)
    ingest(store, teller.batch(begun(new_id())), now=NOW)
    assert renew(store, teller.journal.journal_id, 60, now=NOW)
    assert renew(store, teller.journal.journal_id, 1.5, now=LATER)
    (lease,) = held(store)
    assert (lease.journal_id, lease.host, lease.pid) == (teller.journal.journal_id, "host", 1)
    assert (lease.term, lease.renewed_at) == (1_500_000, LATER)
    bury(store, teller.journal, "gone", now=LATER)
    assert not renew(store, teller.journal.journal_id, 60, now=LATER)


def test_unfinished_runs_of_a_silent_process_are_presumed_crashed(store: Store) -> None:
    run_id, ended, task_id = new_id(), new_id(), new_id()
    begins = (begun(run_id), begun(ended), concluded(ended))
    teller, lease = leased(store, *begins, created(task_id, run_id), task_moved(task_id, "RUNNING", 4, 1))
    assert presume_dead(store, lease, now=LATER) == Burial((run_id,), 1)
    message = "Nothing was heard of the process 1 on host for 60 seconds: it is presumed to be dead."
    crash = StateRecord(1, 2, "CRASHED", "Crashed", LATER, message, {PRESUMED: True})
    with store.read() as tx:
        assert hot.flow_run_facts(tx, (run_id,))[run_id].state == crash
    assert state_of_task_run(store, task_id) == beside(task_id, crash)
    assert names(store, ended) == ["Pending", "Running", "Completed"]
    assert held(store) == []
    assert not is_buried(store, teller.journal.journal_id)


def test_a_process_that_comes_back_overrules_it_and_the_history_keeps_both(store: Store) -> None:
    run_id, task_id = new_id(), new_id()
    running = created(task_id, run_id), task_moved(task_id, "RUNNING", 4, 1)
    teller, lease = leased(store, begun(run_id), *running)
    presume_dead(store, lease, now=LATER)
    # It counts its states on as if nothing had been said of it.
    reply = ingest(store, teller.batch(task_moved(task_id, "COMPLETED", 5, 2), concluded(run_id)), now=LATER)
    assert [verdict.status for verdict in reply.verdicts] == ["ACCEPT"]
    assert names(store, run_id) == ["Pending", "Running", "Crashed", "Completed"]
    assert state_of_task_run(store, task_id).name == "Completed"


def test_tasks_in_processes_of_its_pool_are_presumed_crashed_with_it(store: Store) -> None:
    run_id, task_id, other_id, other_task_id = [new_id() for _ in range(4)]
    _, lease = leased(store, begun(run_id), created(task_id, run_id))
    pool, stranger = Teller(), Teller()
    ingest(store, pool.batch(task_moved(task_id, "RUNNING", 4, 1)), now=NOW)
    ingest(store, stranger.batch(begun(other_id), created(other_task_id, other_id)), now=NOW)
    assert presume_dead(store, lease, now=LATER) == Burial((run_id,), 1)
    assert state_of_task_run(store, task_id).name == "Crashed"
    assert (names(store, other_id)[-1], state_of_task_run(store, other_task_id).name) == ("Running", "Pending")
    ingest(store, pool.batch(task_moved(task_id, "COMPLETED", 5, 2)), now=LATER)
    assert state_of_task_run(store, task_id).name == "Completed"


def test_tasks_of_processes_with_a_lease_of_their_own_are_not(store: Store) -> None:
    run_id, task_id = new_id(), new_id()
    _, lease = leased(store, begun(run_id), created(task_id, run_id))
    leased(store, task_moved(task_id, "RUNNING", 4, 1))
    assert presume_dead(store, lease, now=LATER) == Burial((run_id,), 0)
    assert state_of_task_run(store, task_id).name == "Running"


def test_a_process_that_comes_back_has_a_lease_again(store: Store) -> None:
    teller, lease = leased(store, begun(new_id()))
    presume_dead(store, lease, now=LATER)
    assert renew(store, teller.journal.journal_id, 60, now=LATER)
    following = new_id()
    ingest(store, teller.batch(begun(following)), now=LATER)
    (lease,) = held(store)
    assert presume_dead(store, lease, now=3_000) == Burial((following,), 0)


def test_a_process_that_comes_back_behind_a_newer_attempt_is_refused(store: Store) -> None:
    run_id = new_id()
    teller, lease = leased(store, begun(run_id))
    presume_dead(store, lease, now=LATER)
    propose_state(store, run_id, "PENDING", now=LATER)
    (verdict,) = ingest(store, teller.batch(concluded(run_id)), now=LATER).verdicts
    assert verdict.status == "ABORT"
    assert names(store, run_id) == ["Pending", "Running", "Crashed", "Pending"]


def test_a_run_that_was_being_cancelled_is_cancelled(store: Store) -> None:
    run_id = new_id()
    _, lease = leased(store, begun(run_id))
    propose_state(store, run_id, "CANCELLING", now=NOW)
    assert presume_dead(store, lease, now=LATER) == Burial()
    assert names(store, run_id)[-1] == "Cancelled"


def test_a_lease_that_was_renewed_meanwhile_is_kept(store: Store) -> None:
    run_id = new_id()
    teller, lease = leased(store, begun(run_id))
    renew(store, teller.journal.journal_id, 60, now=LATER)
    assert presume_dead(store, lease, now=LATER) == Burial()
    assert names(store, run_id) == ["Pending", "Running"]
    assert len(held(store)) == 1


def test_a_process_that_reported_something_meanwhile_is_heard_of(store: Store) -> None:
    run_id = new_id()
    teller, lease = leased(store, begun(run_id))
    ingest(store, teller.batch(logs=[line(run_id)]), now=LATER)
    assert presume_dead(store, lease, now=LATER) == Burial()
    assert names(store, run_id) == ["Pending", "Running"]
    assert held(store) != [lease]


def test_the_lease_of_a_journal_that_was_closed_goes_and_nothing_with_it(store: Store) -> None:
    run_id = new_id()
    teller, lease = leased(store, begun(run_id), concluded(run_id))
    bury(store, teller.journal, "gone", now=LATER)
    assert presume_dead(store, lease, now=LATER) == Burial()
    assert held(store) == []
    assert names(store, run_id) == ["Pending", "Running", "Completed"]


def test_several_servers_presume_once(store: Store, database: Database) -> None:
    run_ids = [new_id() for _ in range(20)]
    _, lease = leased(store, *[begun(run_id) for run_id in run_ids])
    stores = [database.open() for _ in range(4)]
    done = at_once([partial(presume_dead, each, lease, now=LATER + number) for number, each in enumerate(stores)])
    for each in stores:
        each.close()
    assert sorted(len(burial.flow_runs) for burial in done) == [0, 0, 0, 20]
    assert {tuple(names(store, run_id)) for run_id in run_ids} == {("Pending", "Running", "Crashed")}


def test_a_process_that_ends_its_runs_at_that_moment_has_ended_them(store: Store, database: Database) -> None:
    run_ids = [new_id() for _ in range(20)]
    teller, lease = leased(store, *[begun(run_id) for run_id in run_ids])
    batch, other = teller.batch(*[concluded(run_id) for run_id in run_ids]), database.open()
    at_once([lambda: ingest(store, batch, now=LATER), lambda: presume_dead(other, lease, now=LATER)])
    other.close()
    assert {names(store, run_id)[-1] for run_id in run_ids} == {"Completed"}


def test_emptying_a_store_takes_its_leases_along(store: Store) -> None:
    leased(store, begun(new_id()))
    empty(store)
    assert held(store) == []
