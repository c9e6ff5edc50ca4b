"""The upkeep of a store: what was kept long enough is deleted, what contradicts itself is found, all can go."""

from contextlib import suppress

import pytest

from headrace._kernel.ids import id_text, new_id
from headrace.server.store.condition import condition
from headrace.server.store.deletions import Emptied
from headrace.server.store.errors import StoreNewer
from headrace.server.store.soundness import contradictions
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.delete_flow_run import delete_flow_run
from headrace.server.usecases.empty_store import empty
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.journals import is_buried
from headrace.server.usecases.prune import DAY, Pruned, prune
from tests.conformance.conftest import Database
from tests.support.journals import Teller, begun, concluded, created, line, task_moved

NOW = 100 * DAY
LONG = 60.0


def messages(store: Store) -> list[str]:
    with store.read() as tx:
        return [message for (message,) in tx.execute("SELECT message FROM logs ORDER BY seq")]


def test_old_lines_of_runs_that_ended_are_pruned(store: Store) -> None:
    teller, ended, running, outside = Teller(), *(new_id() for _ in range(3))
    old, young = NOW - 31 * DAY, NOW - 29 * DAY
    batch = teller.batch(
        begun(ended),
        concluded(ended),
        begun(running),
        created(outside, None),
        task_moved(outside, "COMPLETED", 5, 1),
        logs=[
            line(ended, "old", old),
            line(running, "old, of what goes on", old),
            line(None, "old, of a task outside of flows", old, outside),
            line(ended, "young", young),
        ],
    )
    ingest(store, batch, now=NOW)
    assert prune(store, log_days=30, now=NOW, budget_seconds=LONG) == Pruned(2, 0, is_complete=True)
    assert messages(store) == ["old, of what goes on", "young"]
    ingest(store, teller.batch(concluded(running)), now=NOW)
    assert prune(store, log_days=30, now=NOW, budget_seconds=LONG).lines == 1
    assert messages(store) == ["young"]


def test_lines_are_pruned_slice_by_slice(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    lines = [line(run_id, str(number), number) for number in range(5_000)]
    for first in range(0, 5_000, 1_000):
        states = [begun(run_id), concluded(run_id)] if first == 0 else []
        ingest(store, teller.batch(*states, logs=lines[first : first + 1_000]), now=NOW)
    assert prune(store, log_days=30, now=NOW, budget_seconds=0) == Pruned(0, 0, is_complete=False)
    assert prune(store, log_days=30, now=NOW, budget_seconds=LONG) == Pruned(5_000, 0, is_complete=True)
    assert messages(store) == []


def test_lines_are_kept_for_ever_where_no_days_are_named(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id), concluded(run_id), logs=[line(run_id)]), now=NOW)
    assert prune(store, log_days=0, now=NOW, budget_seconds=LONG) == Pruned(0, 0, is_complete=True)
    assert messages(store) == ["said"]


def test_journals_that_were_closed_long_ago_are_forgotten_with_them(store: Store) -> None:
    old, latest = Teller(), Teller()
    for teller, at in ((old, NOW - 31 * DAY), (latest, NOW)):
        ingest(store, teller.batch(begun(new_id())), now=at)
        bury(store, teller.journal, "gone", now=at)
    assert prune(store, log_days=0, now=NOW, budget_seconds=LONG).journals == 1
    assert [is_buried(store, teller.journal.journal_id) for teller in (old, latest)] == [False, True]


def test_a_store_that_a_later_headrace_writes_is_not_pruned(database: Database, store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id), concluded(run_id), logs=[line(run_id)]), now=NOW)
    database.run("UPDATE meta SET min_writer = 99")
    with suppress(StoreNewer):  # which one database says, while the other leaves its rows alone
        prune(store, log_days=1, now=NOW, budget_seconds=LONG)
    assert messages(store) == ["said"]


def test_a_store_of_runs_does_not_contradict_itself(store: Store) -> None:
    teller, other, ended, running, deleted, task_id = Teller(), Teller(), *(new_id() for _ in range(4))
    ingest(store, teller.batch(begun(ended), created(task_id, ended), concluded(ended), begun(running)), now=NOW)
    ingest(store, other.batch(begun(deleted), concluded(deleted)), now=NOW)
    delete_flow_run(store, deleted)
    bury(store, teller.journal, "gone", now=NOW)
    with store.read() as tx:
        assert contradictions(tx) == []


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        ("DELETE FROM flows", "flow runs of a flow that is not there"),
        ("DELETE FROM flow_run_states WHERE type = 'COMPLETED'", "flow runs whose state is not in their history"),
        ("UPDATE flow_runs SET end_at = NULL", "flow runs that ended without an end"),
        ("DELETE FROM flow_runs", "states of flow runs that are not there"),
        ("INSERT INTO deleted_flow_runs (id) SELECT id FROM flow_runs", "task runs of flow runs that were deleted"),
        ("UPDATE journals SET closed_at = 1", "task runs that nobody will end"),
    ],
)
def test_rows_that_contradict_each_other_are_found(database: Database, store: Store, harm: str, what: str) -> None:
    teller, run_id, task_id = Teller(), new_id(), new_id()
    ingest(store, teller.batch(begun(run_id), created(task_id, run_id), concluded(run_id)), now=NOW)
    database.run(harm)
    with store.read() as tx:
        found = contradictions(tx)
    assert any(each.what.startswith(what) and each.count for each in found)
    assert {id_text(each.example) for each in found} <= {id_text(run_id), id_text(task_id)}


def test_a_store_that_is_emptied_goes_on_as_a_new_one(store: Store) -> None:
    teller, run_id, task_id = Teller(), new_id(), new_id()
    ingest(store, teller.batch(begun(run_id), created(task_id, run_id), logs=[line(run_id)]), now=NOW)
    assert empty(store) == Emptied(flows=1, flow_runs=1, task_runs=1, log_lines=1)
    assert empty(store) == Emptied(0, 0, 0, 0)
    ingest(store, Teller().batch(begun(run_id), logs=[line(run_id, "new")]), now=NOW)
    assert messages(store) == ["new"]


def test_the_condition_says_what_takes_the_room(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id), logs=[line(run_id, "x" * 1_000) for _ in range(500)]), now=NOW)
    with store.read() as tx:
        found = condition(tx, reads_everything=True)
    assert found.sizes[0][0] == "logs"
    assert found.sizes[0][1] > 500_000
    assert found.free_bytes >= 0
