"""A script's server that is away: at its start, for long, and what stands at its URL in its place."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headrace import flow, task
from headrace._engine.session import close_session
from headrace._kernel import clock
from headrace.client.orchestration import SyncHeadraceClient
from headrace.exceptions import StoreUnavailable
from headrace.server.store.transactions import Store
from tests.support.served import served

TEN_MINUTES = 600.0


@task
def named(name: str) -> str:
    return name


@flow
def hello() -> str:
    return named("world")


@pytest.fixture(autouse=True)
def own_session(home: Path) -> Iterator[None]:
    """No session of an earlier test reports here, and none is left to a later one."""
    close_session()
    yield
    close_session()


@pytest.fixture
def report_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, float], None]:
    """Says where scripts report, and how long they wait at their start."""

    def tell(url: str, tolerance_seconds: float = 0.2) -> None:
        monkeypatch.setenv("HEADRACE_API_URL", url)
        monkeypatch.setenv("HEADRACE_API_STARTUP_TOLERANCE_SECONDS", str(tolerance_seconds))

    return tell


ReportTo = Callable[..., None]


@contextmanager
def unused_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else is given."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def journals(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "journals").glob("*"))


def test_a_script_that_begins_without_its_server_is_told(report_to: ReportTo, home: Path) -> None:
    with unused_port() as port:
        report_to(f"http://127.0.0.1:{port}/api")
        with pytest.raises(StoreUnavailable) as told:
            hello()
    assert f"The API at http://127.0.0.1:{port}/api does not answer" in str(told.value)
    assert "HEADRACE_API_URL names it: start a server there with `headrace server start`" in str(told.value)
    assert "It was waited for 0.2 seconds (HEADRACE_API_STARTUP_TOLERANCE_SECONDS)." in str(told.value)
    assert journals(home) == []


def test_a_server_that_starts_a_little_later_is_waited_for(report_to: ReportTo, sqlite_store: Store) -> None:
    with unused_port() as port:
        report_to(f"http://127.0.0.1:{port}/api", 30)
        results: list[str] = []
        script = threading.Thread(target=lambda: results.append(hello()))
        script.start()
        script.join(0.3)
        assert script.is_alive()
    with served(sqlite_store, port) as url:
        script.join(30)
        assert results == ["world"]
        with SyncHeadraceClient(url) as client:
            assert client.count_task_runs() == 1
        close_session()


def test_after_the_error_the_script_may_go_on_where_its_server_is_there(
    report_to: ReportTo, sqlite_store: Store
) -> None:
    with unused_port() as port:
        report_to(f"http://127.0.0.1:{port}/api")
        with pytest.raises(StoreUnavailable):
            hello()
    with served(sqlite_store, port):
        assert hello() == "world"
        close_session()


def test_a_server_may_be_away_for_ten_minutes(
    report_to: ReportTo, sqlite_store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The minutes are those of a clock that runs a thousand times as fast."""
    names = [f"task {number}" for number in range(50)]

    @flow
    def long() -> list[str]:
        named(names[0])
        server.close()
        with fast_clock():
            away_until = clock.monotonic() + TEN_MINUTES
            for name in names[1:-1]:
                named(name)
                clock.sleep(TEN_MINUTES / len(names))
                hello()  # a barrier, which must not wait
            assert clock.monotonic() >= away_until - TEN_MINUTES / len(names) * 3
        return [named(names[-1])]

    with unused_port() as port:
        server = Away(sqlite_store, port)
    report_to(server.url, 30)
    assert long() == ["task 49"]
    server.open()
    close_session()
    with SyncHeadraceClient(server.url) as client:
        runs = sorted(client.read_task_runs(), key=lambda run: run.start_time or run.id)
        assert [run.task_key.partition("-")[0] for run in runs].count("named") == len(names) + 48
        assert {run.state_name for run in runs} == {"Completed"}
        flow_runs = client.read_flow_runs()
        assert len(flow_runs) == 49
        assert {run.state_name for run in flow_runs} == {"Completed"}
        for run in flow_runs:
            assert [state.name for state in client.read_flow_run_states(run.id)] == ["Pending", "Running", "Completed"]
    server.close()
    assert journals(home) == []


class Away:
    """A server that comes and goes, on the same port."""

    def __init__(self, store: Store, port: int) -> None:
        self._store, self._port = store, port
        self.open()

    def open(self) -> None:
        """Comes."""
        self._serving = served(self._store, self._port)
        self.url = self._serving.__enter__()

    def close(self) -> None:
        """Goes."""
        self._serving.__exit__(None, None, None)


@contextmanager
def fast_clock(factor: float = 1_000.0) -> Iterator[None]:
    """Lets time run so many times as fast."""

    class Fast(clock.SystemClock):
        def __init__(self) -> None:
            self._began = super().monotonic()

        def monotonic(self) -> float:
            return self._began + (super().monotonic() - self._began) * factor

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds / factor)

        def wait(self, event: threading.Event, seconds: float | None) -> bool:
            return super().wait(event, None if seconds is None else seconds / factor)

    before = clock.install(Fast())
    try:
        yield
    finally:
        clock.install(before)


def test_what_could_not_be_stored_is_kept_said_and_drained_later(
    report_to: ReportTo,
    sqlite_store: Store,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    @flow
    def left_alone() -> str:
        server.close()
        return named("kept")

    monkeypatch.setenv("HEADRACE_JOURNAL_EXIT_TIMEOUT_SECONDS", "0.3")
    with unused_port() as port:
        server = Away(sqlite_store, port)
    report_to(server.url, 30)
    assert left_alone() == "kept"
    close_session()
    (kept,) = journals(home)
    told = capfd.readouterr().err
    assert f"They are kept in {home / 'journals' / kept} until they can be." in told
    assert f"The API at {server.url} does not answer" in told
    server.open()
    drain()
    assert journals(home) == []
    with SyncHeadraceClient(server.url) as client:
        assert [run.state_name for run in client.read_flow_runs()] == ["Completed"]
    server.close()


def drain() -> None:
    """What `headrace journal drain` does."""
    from click.testing import CliRunner

    from headrace.cli.commands import root

    result = CliRunner().invoke(root, ["journal", "drain"])
    assert result.exit_code == 0, result.output


class Page(http.server.BaseHTTPRequestHandler):
    """A server of something else, which answers everything with a page."""

    status = 200

    def answer(self) -> None:
        body = b"<html>Welcome!</html>"
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815 - as http.server calls them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server calls it
        """Nobody reads it."""


class NotFound(Page):
    status = 404


@pytest.mark.parametrize("pages", [Page, NotFound])
def test_a_server_of_something_else_is_told_at_once(report_to: ReportTo, pages: type[Page], home: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), pages) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        report_to(f"http://127.0.0.1:{other.server_port}/api", 60)
        try:
            with pytest.raises(StoreUnavailable, match=r"takes no journals: it is no server of Headrace\. HEAD"):
                hello()
        finally:
            other.shutdown()
            thread.join()
    assert journals(home) == []


def test_a_url_that_lacks_its_end_is_told(report_to: ReportTo, api_url: str) -> None:
    report_to(api_url.removesuffix("/api"), 60)
    with pytest.raises(StoreUnavailable, match=f"but at {api_url}: set HEADRACE_API_URL to that"):
        hello()


def test_a_server_that_asks_who_calls_is_told_at_once(report_to: ReportTo, sqlite_store: Store) -> None:
    with served(sqlite_store, auth_string="ada:lovelace") as url:
        report_to(url, 60)
        with pytest.raises(StoreUnavailable, match="wants to know who calls"):
            hello()
