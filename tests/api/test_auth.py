"""A server with a password: nobody gets to its API who does not show it, by whatever door."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from headrace._stream import SinkUnavailable
from headrace.client._http_sink import HttpSink
from headrace.client.orchestration import SyncHeadraceClient, get_client
from headrace.exceptions import APIStatusError
from headrace.server.store.transactions import Store
from tests.support.journals import Teller
from tests.support.served import served

USER = "ada:love:lace"  # a password may hold colons

SCRIPT = """
from headrace import flow, task

@task
def double(number: int) -> int:
    return 2 * number

@flow
def doubled() -> int:
    return double(4)

doubled()
"""


@pytest.fixture
def guarded(sqlite_store: Store) -> Iterator[str]:
    """The API of a server that asks who calls."""
    with served(sqlite_store, auth_string=USER) as url:
        yield url


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/flows/filter"),
        ("GET", "/admin/version"),
        ("POST", "/journals/ingest"),
        ("GET", "/openapi.json"),
        ("GET", "/no/such/route"),
        ("POST", "/health"),
    ],
)
@pytest.mark.parametrize(
    "shown",
    [None, "", "Basic", "Basic ?", basic("ada"), basic("ada:"), basic(USER + "e"), basic(USER[:-1]), f"Bearer {USER}"],
)
def test_whoever_shows_something_else_is_told_nothing(guarded: str, method: str, path: str, shown: str | None) -> None:
    headers = {} if shown is None else {"authorization": shown}
    answer = httpx.request(method, guarded + path, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"exception_message": "Unauthorized"})


@pytest.mark.parametrize("scheme", ["Basic", "basic"])
def test_whoever_shows_the_password_is_let_in(guarded: str, scheme: str) -> None:
    shown = basic(USER).replace("Basic", scheme)
    assert httpx.post(f"{guarded}/flows/filter", headers={"authorization": shown}).json() == []


def test_probes_need_no_password(guarded: str) -> None:
    assert httpx.get(f"{guarded}/health").json() is True
    assert httpx.get(f"{guarded}/ready").status_code == 200
    assert httpx.get(guarded.removesuffix("/api")).json()["name"] == "Headrace"


@pytest.mark.parametrize("variable", ["HEADRACE_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"])
def test_a_client_shows_what_the_settings_say(guarded: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_API_URL", guarded)
    with get_client(sync_client=True) as client:
        with pytest.raises(APIStatusError, match="it wants to know who calls"):
            client.read_flows()
        assert client.api_healthcheck() is None
    monkeypatch.setenv(variable, USER)
    with get_client(sync_client=True) as client:
        assert client.read_flows() == []


def test_a_sink_shows_it_too(guarded: str) -> None:
    sink = HttpSink(guarded, auth_string=USER)
    assert sink.cursors(Teller().journal) is None
    sink.close()
    stranger = HttpSink(guarded)
    with pytest.raises(SinkUnavailable, match="HEADRACE_API_AUTH_STRING"):
        stranger.cursors(Teller().journal)
    stranger.close()


def test_a_script_reports_to_a_server_with_a_password(guarded: str, tmp_path: Path) -> None:
    environment = {"HEADRACE_HOME": str(tmp_path / "home"), "HEADRACE_API_URL": guarded}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**environment, "HEADRACE_API_AUTH_STRING": USER}, check=False
    )
    assert done.returncode == 0
    with SyncHeadraceClient(guarded, auth_string=USER) as client:
        assert [str(run.state) for run in client.read_flow_runs()] == ["Completed()"]

    stranger = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert "HEADRACE_API_AUTH_STRING" in stranger.stderr
