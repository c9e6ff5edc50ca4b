"""Journals over HTTP: the sink of scripts that report to a server, against a real one."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

from headrace import flow, task
from headrace._engine.session import close_session
from headrace._kernel.ids import new_id
from headrace._stream import Directives, SinkRefused, SinkUnavailable
from headrace.client._http_sink import HttpSink
from headrace.client.orchestration import SyncHeadraceClient
from headrace.exceptions import CancelledRun, ConfigurationError
from headrace.journal import journal
from headrace.runtime import flow_run
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.states import Cancelling
from tests.support.journals import Teller, begun, concluded, created, line
from tests.support.pauses import noted_pauses
from tests.support.proxy import DEEDS, PASS, Deed, proxied
from tests.support.served import served

BUSY = Deed("refuse", seconds=7, status=429)
NEVER = 1e9


@pytest.fixture
def sink(api_url: str) -> Iterator[HttpSink]:
    opened = HttpSink(api_url)
    yield opened
    opened.close()


def test_what_is_told_over_http_is_stored_and_judged(sink: HttpSink, api_url: str) -> None:
    teller, run = Teller(), new_id()
    assert sink.sink_id == api_url
    assert sink.cursors(teller.journal) is None
    reply = sink.ingest(teller.batch(begun(run), created(new_id(), run), logs=[line(run)]))
    assert [(verdict.run_id, verdict.status) for verdict in reply.verdicts] == [(run, "ACCEPT")]
    assert (reply.states_cursor, reply.logs_cursor) == (teller.states_at, teller.logs_at)
    assert sink.cursors(teller.journal) == (teller.states_at, teller.logs_at)


def test_a_batch_that_does_not_begin_at_the_cursor_is_refused_with_it(sink: HttpSink) -> None:
    teller = Teller()
    first = teller.batch(begun(new_id()))
    sink.ingest(first)
    with pytest.raises(SinkRefused) as refused:
        sink.ingest(first)
    assert (refused.value.states_cursor, refused.value.logs_cursor) == (teller.states_at, teller.logs_at)


def test_replies_tell_what_shall_be_cancelled_until_it_has_ended(sink: HttpSink, api_url: str) -> None:
    teller, run = Teller(), new_id()
    assert sink.ingest(teller.batch(begun(run))).directives == Directives()
    with SyncHeadraceClient(api_url) as client:
        client.set_flow_run_state(UUID(bytes=run), Cancelling(message="enough"))
    wanted = Directives(((run, "enough"),))
    assert sink.ingest(teller.batch(logs=[line(run)])).directives == wanted == sink.directives(teller.journal)
    assert sink.ingest(teller.batch(concluded(run))).directives == Directives()


def test_a_flow_that_reports_is_cancelled_without_asking(
    api_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_session()
    monkeypatch.setattr(journal, "_HEED_SECONDS", NEVER)
    monkeypatch.setenv("HEADRACE_API_URL", api_url)

    @task
    def nothing() -> None:
        pass

    @flow
    def endless() -> None:
        with SyncHeadraceClient(api_url) as client:
            client.set_flow_run_state(flow_run.id or "", Cancelling(message="enough"))
        while True:
            nothing()

    with pytest.raises(CancelledRun, match="enough"):
        endless()
    close_session()


def test_a_burial_ends_what_a_process_left_and_may_be_repeated(sink: HttpSink, api_url: str) -> None:
    teller, run, ended = Teller(), new_id(), new_id()
    sink.ingest(teller.batch(begun(run), begun(ended), concluded(ended)))
    assert not sink.is_buried(teller.journal)
    assert sink.bury(teller.journal, "it went away").flow_runs == (run,)
    assert sink.is_buried(teller.journal)
    sink.bury(teller.journal, "it went away")
    with SyncHeadraceClient(api_url) as client:
        states = sorted(str(found.state) for found in client.read_flow_runs())
    assert states == ["Completed()", "Crashed('it went away')"]


def test_a_sink_finds_a_server_that_was_started_again(sqlite_store: Store) -> None:
    teller = Teller()
    with served(sqlite_store) as url:
        sink = HttpSink(url)
        sink.ingest(teller.batch(begun(new_id())))
    with pytest.raises(SinkUnavailable, match=r"does not answer.*headrace server start"):
        sink.cursors(teller.journal)
    port = int(url.removesuffix("/api").rpartition(":")[2])
    with served(sqlite_store, port):
        assert sink.cursors(teller.journal) == (teller.states_at, 0)
    sink.close()


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: f"{deed.kind}-{deed.status}-{deed.seconds}")
def test_what_happens_on_the_way_is_made_good(api_url: str, deed: Deed) -> None:
    """Whatever is done to each other request of a server that has answered before."""
    teller, runs = Teller(), [new_id() for _ in range(3)]
    with proxied(api_url, lambda number, request: deed if number % 2 == 0 else PASS) as proxy:
        sink = HttpSink(proxy.url)
        sink.cursors(teller.journal)
        for run in runs:
            batch = teller.batch(begun(run), concluded(run), logs=[line(run)])
            with suppress(SinkRefused):  # the server has it, and its answer was lost
                sink.ingest(batch)
        assert sink.cursors(teller.journal) == (teller.states_at, teller.logs_at)
        sink.close()
    assert proxy.done[deed.kind] >= 2
    with SyncHeadraceClient(api_url) as client:
        assert [run.state_name for run in client.read_flow_runs()] == ["Completed"] * 3
        assert len(client.read_logs()) == 3


def test_a_server_is_left_alone_for_as_long_as_it_asks(api_url: str) -> None:
    with noted_pauses() as pauses, proxied(api_url, lambda number, request: BUSY if number > 1 else PASS) as proxy:
        sink = HttpSink(proxy.url)
        sink.cursors(Teller().journal)
        with pytest.raises(SinkUnavailable, match=r"did not take the journal \(429\)") as told:
            sink.cursors(Teller().journal)
        sink.close()
    assert (told.value.retry_after_seconds, told.value.is_passing) == (7, True)
    assert (len(proxy.requests), pauses) == (2, [])  # which the journal waits for, and no call


def test_a_script_of_a_thousand_tasks_asks_twenty_times_at_most(
    home: Path, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    @task
    def number(value: int) -> int:
        return value

    @flow
    def counting() -> int:
        return sum(number(value) for value in range(1_000))

    close_session()
    with served(sqlite_store) as url, proxied(url) as proxy:
        monkeypatch.setenv("HEADRACE_API_URL", proxy.url)
        assert counting() == 499_500
        close_session()
        with SyncHeadraceClient(url) as client:
            assert client.count_task_runs() == 1_000
    assert len(proxy.requests) <= 20, proxy.paths()
    assert proxy.connections == 1


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'localhost:4200', which names no API"):
        HttpSink("localhost:4200")


def test_a_store_that_cannot_be_used_is_told_in_its_own_words(api_url: str, sqlite_store: Store) -> None:
    sqlite_store.close()
    sink = HttpSink(api_url)
    with pytest.raises(SinkUnavailable, match=r"did not take the journal \(503\): The database .* was closed"):
        sink.cursors(Teller().journal)
    sink.close()


def test_a_script_reports_to_a_server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @task
    def double(number: int) -> int:
        return 2 * number

    @flow
    def doubling() -> int:
        return sum(double(number) for number in range(5))

    store = open_store(f"sqlite:///{tmp_path}/server.db")
    close_session()
    try:
        with served(store) as url:
            monkeypatch.setenv("HEADRACE_API_URL", url)
            assert doubling() == 20
            close_session()
            with SyncHeadraceClient(url) as client:
                (run,) = client.read_flow_runs()
                assert (run.state_name, client.count_task_runs()) == ("Completed", 5)
            assert not (home / "headrace.db").exists()
    finally:
        store.close()
