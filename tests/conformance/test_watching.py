"""Watching a store: commits of any connection are noticed, and what runs go to is kept while somebody listens."""

import select

from headrace.server.store.transactions import Store
from headrace.server.store.watching import Topic, Watch
from tests.conformance.conftest import Database
from tests.support import rows

ME = bytes(15) + b"\x01"
BOUND_SECONDS = 10


def news(watch: Watch) -> frozenset[Topic]:
    """What is noticed, waiting for it where that is possible."""
    if watch.descriptor is not None:
        select.select([watch.descriptor], [], [], BOUND_SECONDS)
    return watch.news()


def test_a_commit_of_another_connection_is_noticed(store: Store, database: Database) -> None:
    watch = store.watch(ME)
    watch.listen(["logs"])
    watch.news()
    assert watch.news() == frozenset()
    rows.apply(store, rows.line())
    assert "logs" in news(watch)
    other = database.open()
    rows.apply(other, rows.line())
    assert "logs" in news(watch)
    other.close()
    watch.close()


def test_a_lease_is_held_until_it_is_given_back(store: Store, database: Database) -> None:
    watch = store.watch(ME)
    assert watch.listen(["logs"]) == frozenset()
    assert watch.listen(["logs", "runs"]) == {"logs"}
    assert watch.listen(["runs"]) == {"logs", "runs"}
    again = store.watch(ME)  # as after a connection that broke
    assert again.listen(["runs"]) == {"logs", "runs"}
    again.close()
    assert watch.listen(["runs"]) == frozenset()
    watch.close()
    assert database.run("SELECT topic FROM listeners") == []


def test_a_lease_that_ran_out_is_not_held(store: Store, database: Database) -> None:
    watch = store.watch(ME)
    watch.listen(["runs"])
    database.run("UPDATE listeners SET until = 1")
    assert watch.listen(["runs"]) == frozenset()
    watch.close()


def test_what_runs_go_to_is_kept_only_while_somebody_listens_to_runs(store: Store, database: Database) -> None:
    def kept() -> int:
        return database.run("SELECT count(*) FROM run_changes")[0][0]

    def run_once() -> None:
        run = rows.flow_run()
        journal = rows.journal()
        rows.apply(store, run, rows.task_run(flow_run_id=run.id, journal_id=journal.id), journal=journal)

    run_once()
    watch = store.watch(ME)
    watch.listen(["logs"])
    run_once()
    assert kept() == 0
    watch.listen(["runs"])
    run_once()
    assert kept() == 2
    watch.close()
    run_once()
    assert kept() == 2


def test_what_was_kept_long_enough_goes(store: Store, database: Database) -> None:
    watch = store.watch(ME)
    watch.listen(["runs"])
    rows.apply(store, rows.flow_run())
    rows.apply(store, rows.flow_run())
    database.run("UPDATE run_changes SET at = 1")
    rows.apply(store, rows.flow_run())
    watch.listen(["runs"])
    assert len(database.run("SELECT seq FROM run_changes")) == 1
    watch.close()
