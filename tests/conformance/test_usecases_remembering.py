"""What is remembered of a journal's last batch is not read again, and changes no answer where others wrote since."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from headrace._kernel.ids import new_id
from headrace._records import StateRecord
from headrace.exceptions import StoreUnavailable
from headrace.server.store import hot, task_runs
from headrace.server.store.transactions import Dialect, Store, Tx
from headrace.server.usecases.delete_flow_run import delete_flow_run
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.propose_state import propose_state
from headrace.server.usecases.remembering import Memory
from tests.support.journals import Teller, begun, concluded, created, line, moved, task_moved
from tests.support.runs import state

NOW = 1_000


class Watched:
    """A store that counts its reading transactions, and can be told to fail a step."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads = 0
        self.fails = False

    @property
    def store_id(self) -> str:
        return self._store.store_id

    @property
    def dialect(self) -> Dialect:
        return self._store.dialect

    @contextmanager
    def read(self) -> Generator[Tx]:
        self.reads += 1
        with self._store.read() as tx:
            yield tx

    @contextmanager
    def step(self) -> Generator[Tx]:
        with self._store.step() as tx:
            yield tx
        if self.fails:
            self.fails = False
            raise StoreUnavailable("The answer of the commit was lost.")

    @contextmanager
    def write(self) -> Generator[Tx]:
        with self._store.write() as tx:
            yield tx

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def watched(store: Store) -> Watched:
    return Watched(store)


@pytest.fixture
def teller() -> Teller:
    return Teller()


def current(store: Store, run_id: bytes) -> StateRecord | None:
    with store.read() as tx:
        return hot.flow_run_facts(tx, (run_id,))[run_id].state


def test_a_process_that_goes_on_with_its_runs_reads_nothing(watched: Watched, teller: Teller) -> None:
    memory, parent, child, task_id = Memory(), new_id(), new_id(), new_id()
    ingest(watched, teller.batch(begun(parent)), now=NOW, memory=memory)
    ingest(watched, teller.batch(begun(child)), now=NOW, memory=memory)  # the flow's id is known from here on
    watched.reads = 0
    batches = [
        teller.batch(created(task_id, parent), logs=[line(parent)]),
        teller.batch(task_moved(task_id, "RUNNING", 4, 1)),
        teller.batch(concluded(child), task_moved(task_id, "COMPLETED", 5, 2)),
        teller.batch(begun(new_id())),
        teller.batch(concluded(parent)),
    ]
    for batch in batches:
        assert {verdict.status for verdict in ingest(watched, batch, now=NOW, memory=memory).verdicts} <= {"ACCEPT"}
    assert watched.reads == 0
    with watched.read() as tx:
        read = hot.task_run_facts(tx, (task_id,))[task_id]
    assert [told.type for told in read.history] == ["PENDING", "RUNNING", "COMPLETED"]
    assert (current(watched, parent), current(watched, child)) == (state("COMPLETED", 9, ordinal=2),) * 2


def test_a_run_that_was_cancelled_since_ends_cancelled(store: Store, teller: Teller) -> None:
    memory, run_id = Memory(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW, memory=memory)
    propose_state(store, run_id, "CANCELLED", is_forced=True, now=NOW)
    (verdict,) = ingest(store, teller.batch(concluded(run_id)), now=NOW, memory=memory).verdicts
    assert verdict.status == "REJECT"
    assert verdict.state == current(store, run_id)
    assert verdict.state is not None
    assert verdict.state.type == "CANCELLED"


def test_a_proposal_that_changes_nothing_is_answered_from_what_is_stored_now(store: Store, teller: Teller) -> None:
    memory, run_id = Memory(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW, memory=memory)
    propose_state(store, run_id, "CANCELLED", is_forced=True, now=NOW)
    again = teller.batch(moved(run_id, state("RUNNING", 2, ordinal=1)))
    (verdict,) = ingest(store, again, now=NOW, memory=memory).verdicts
    assert verdict.state is not None
    assert verdict.state.type == "CANCELLED"


def test_what_is_reported_of_a_run_that_was_deleted_since_is_not_stored(store: Store, teller: Teller) -> None:
    memory, run_id = Memory(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW, memory=memory)
    delete_flow_run(store, run_id)
    reply = ingest(store, teller.batch(created(new_id(), run_id), logs=[line(run_id)]), now=NOW, memory=memory)
    assert reply.dead_letters == 2
    with store.read() as tx:
        assert task_runs.count(tx, {}) == 0


def test_after_a_step_whose_end_is_unknown_the_facts_are_read(watched: Watched, teller: Teller) -> None:
    memory, run_id, task_id = Memory(), new_id(), new_id()
    ingest(watched, teller.batch(begun(run_id)), now=NOW, memory=memory)
    watched.fails = True
    with pytest.raises(StoreUnavailable):
        ingest(watched, teller.batch(created(task_id, run_id)), now=NOW, memory=memory)
    watched.reads = 0
    ingest(watched, teller.batch(task_moved(task_id, "RUNNING", 4, 1)), now=NOW, memory=memory)
    assert watched.reads == 1


def test_runs_that_ended_take_no_room(watched: Watched, teller: Teller) -> None:
    memory = Memory()
    ingest(watched, teller.batch(begun(new_id())), now=NOW, memory=memory)
    ingest(watched, teller.batch(begun(new_id())), now=NOW, memory=memory)
    watched.reads = 0
    for _ in range(11):
        run_ids = [new_id() for _ in range(100)]
        ingest(watched, teller.batch(*map(begun, run_ids)), now=NOW, memory=memory)
        ingest(watched, teller.batch(*map(concluded, run_ids)), now=NOW, memory=memory)
    assert watched.reads == 0


def test_one_memory_serves_journals_in_turn(store: Store) -> None:
    memory, tellers, runs = Memory(), (Teller(), Teller()), (new_id(), new_id())
    for step in (begun, concluded):
        for teller, run_id in zip(tellers, runs, strict=True):
            (verdict,) = ingest(store, teller.batch(step(run_id)), now=NOW, memory=memory).verdicts
            assert verdict.status == "ACCEPT"
    assert [told and told.type for told in (current(store, run_id) for run_id in runs)] == ["COMPLETED"] * 2


def test_no_more_is_remembered_than_fits(watched: Watched, teller: Teller) -> None:
    memory, run_id = Memory(), new_id()
    ingest(watched, teller.batch(begun(run_id)), now=NOW, memory=memory)
    task_ids = [new_id() for _ in range(1_100)]
    ingest(watched, teller.batch(*[created(task_id, run_id) for task_id in task_ids]), now=NOW, memory=memory)
    watched.reads = 0
    ingest(watched, teller.batch(*[task_moved(task_id, "RUNNING", 4, 1) for task_id in task_ids]), now=NOW)
    assert watched.reads == 1
    with watched.read() as tx:
        assert task_runs.count_by_state(tx, {}) == {("RUNNING", "Running"): 1_100}
