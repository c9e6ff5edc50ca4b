"""The loop that looks for leases which ran out, on a clock that the tests set: only silence that it heard counts."""

from collections.abc import Iterator

import pytest

from headrace._kernel import clock
from headrace._kernel.ids import new_id
from headrace.server.services.lease_expiry import LeaseExpiry
from headrace.server.store import hot
from headrace.server.store.transactions import Store
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.leases import held, renew
from tests.conformance.conftest import Database
from tests.support.journals import Teller, begun, line

HOUR = 3_600.0


class Time(clock.SystemClock):
    """Instants that stand still, but for the test; other threads sleep and wait as ever."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> int:
        return 1_700_000_000_000_000 + round(self.seconds * 1_000_000)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Iterator[Time]:
    virtual = Time()
    before = clock.install(virtual)
    yield virtual
    clock.install(before)


class Script:
    """A script with one run, whose companion renews its lease when it is told to, and which reports likewise."""

    def __init__(self, store: Store, term: float = 60.0) -> None:
        self._store, self._term = store, term
        self._teller, self._run_id = Teller(), new_id()
        ingest(store, self._teller.batch(begun(self._run_id)), now=clock.now())
        self.renew()

    def renew(self) -> None:
        assert renew(self._store, self._teller.journal.journal_id, self._term, now=clock.now())

    def report(self) -> None:
        ingest(self._store, self._teller.batch(logs=[line(self._run_id)]), now=clock.now())

    def state(self) -> str:
        with self._store.read() as tx:
            state = hot.flow_run_facts(tx, (self._run_id,))[self._run_id].state
        assert state is not None
        return state.name


def look_for(expiry: LeaseExpiry, time: Time, seconds: float) -> None:
    """Lets the loop look at its intervals for so long."""
    until = time.seconds + seconds
    while time.seconds < until:
        time.seconds += expiry.look()


def test_a_process_is_presumed_dead_after_its_term_and_not_before(store: Store, time: Time) -> None:
    expiry, script = LeaseExpiry(store), Script(store)
    look_for(expiry, time, 60)
    assert script.state() == "Running"
    look_for(expiry, time, 20)
    assert script.state() == "Crashed"


def test_a_process_that_is_heard_of_runs_for_hours(store: Store, time: Time) -> None:
    expiry, script, silent = LeaseExpiry(store), Script(store), Script(store)
    while time.seconds < HOUR:
        look_for(expiry, time, 20)
        script.renew()
    assert (script.state(), silent.state()) == ("Running", "Crashed")


def test_a_process_that_reports_lives_though_its_companion_is_gone(store: Store, time: Time) -> None:
    expiry, script = LeaseExpiry(store), Script(store)
    for _ in range(10):
        look_for(expiry, time, 50)
        script.report()
    assert script.state() == "Running"
    look_for(expiry, time, 80)
    assert script.state() == "Crashed"


def test_a_server_that_was_away_gives_each_process_its_whole_term(store: Store, time: Time) -> None:
    script, silent = Script(store), Script(store)
    time.seconds += HOUR
    expiry = LeaseExpiry(store)
    look_for(expiry, time, 50)
    assert (script.state(), silent.state()) == ("Running", "Running")
    script.renew()
    look_for(expiry, time, 30)
    assert (script.state(), silent.state()) == ("Running", "Crashed")


def test_a_server_that_stood_still_listens_again_before_it_presumes(store: Store, time: Time) -> None:
    expiry, script = LeaseExpiry(store), Script(store)
    look_for(expiry, time, 20)
    time.seconds += HOUR
    expiry.look()
    assert script.state() == "Running"


def test_time_without_a_database_does_not_count(store: Store, database: Database, time: Time) -> None:
    expiry, script = LeaseExpiry(store), Script(store)
    look_for(expiry, time, 20)
    database.run("ALTER TABLE journal_leases RENAME TO elsewhere")
    for _ in range(10):
        time.seconds += expiry.look()
    database.run("ALTER TABLE elsewhere RENAME TO journal_leases")
    expiry.look()
    assert script.state() == "Running"


def test_a_server_that_cannot_store_that_listens_again_first(store: Store, database: Database, time: Time) -> None:
    expiry, script = LeaseExpiry(store), Script(store)
    database.run("ALTER TABLE flow_run_states RENAME TO elsewhere")
    look_for(expiry, time, 75)
    database.run("ALTER TABLE elsewhere RENAME TO flow_run_states")
    look_for(expiry, time, 50)
    assert script.state() == "Running"
    look_for(expiry, time, 20)
    assert script.state() == "Crashed"


def test_a_short_term_is_looked_after_more_often(store: Store, time: Time) -> None:
    expiry = LeaseExpiry(store)
    assert expiry.look() == 10
    script = Script(store, term=3)
    assert expiry.look() == 0.5
    look_for(expiry, time, 4)
    assert script.state() == "Crashed"
    assert held(store) == []
    assert expiry.look() == 10


def test_two_servers_on_one_database_presume_once(store: Store, database: Database, time: Time) -> None:
    other = database.open()
    one, two, script = LeaseExpiry(store), LeaseExpiry(other), Script(store)
    for _ in range(9):
        one.look()
        two.look()
        time.seconds += 10
    other.close()
    assert script.state() == "Crashed"
    assert database.run("SELECT count(*) FROM flow_run_states") == [(3,)]
