"""The peer's own client against our server: flows, runs, states and filters, as any program that uses it says them."""

import json
from pathlib import Path
from typing import Any

import pytest

from headrace.server.api.access import Access
from tests.peer.real_clients import PROGRAMS, run_client
from tests.peer.sides import PEER_PYTHON
from tests.support.databases import empty_store
from tests.support.served import served

pytestmark = pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client made of our answers."""
    folder = tmp_path_factory.mktemp("real-client")
    with empty_store("sqlite", folder) as store, served(store) as url:
        done = run_client(url, folder, PROGRAMS / "conversation.py")
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_a_run_lives_through_the_real_client(told: dict[str, Any]) -> None:
    life = told["life"]
    assert life["flow"] is True
    assert life["statuses"] == [
        ["ACCEPT", "Running", "StateAcceptDetails"],
        ["ACCEPT", "Completed", "StateAcceptDetails"],
        ["ACCEPT", "Running", "StateAcceptDetails"],  # its Completed has no stored result, so it may run again
        ["ACCEPT", "Running", "StateAcceptDetails"],
        ["ACCEPT", "Completed", "StateAcceptDetails"],
    ]
    assert life["states"] == ["Pending", "Running", "Completed", "Running", "Running", "Completed"]
    assert life["run"] == {
        "name": "first",
        "parameters": {"number": 3},
        "tags": ["blue", "red"],
        "version": "7",
        "state": ["COMPLETED", "Completed", True],
        "run_count": 3,
        "is_timed": True,
        "is_the_run_of_its_state": True,
    }


def test_the_real_client_filters_sorts_and_pages(told: dict[str, Any]) -> None:
    assert told["filters"] == {
        "scheduled": [f"run {number}" for number in range(5)],
        "even": ["run 0", "run 2", "run 4"],
        "page": ["run 3", "run 2"],
        "count": 5,
        "flows": ["from the peer"],
        "none": [],
        "task_runs": [],
        "logs": [],
    }


def test_what_is_not_there_is_not_found_for_the_real_client(told: dict[str, Any]) -> None:
    assert told["refusals"] == {
        "read_flow": "PrefectHTTPStatusError 404",  # a method of the client that does not translate the status
        "read_flow_run": "ObjectNotFound",
        "read_task_run": "ObjectNotFound",
        "delete_flow_run": "ObjectNotFound",
        "set_flow_run_state": "ObjectNotFound",
        "deleted": "ObjectNotFound",
    }


def test_the_asynchronous_client_finds_our_server_fit(told: dict[str, Any]) -> None:
    assert told["async"] == {
        "health": None,
        "hello": 200,
        "version": True,
        "status": "ACCEPT",
        "found": ["async"],
        "mismatch": None,
    }


ASKING = """
from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    print(client.read_flows())
"""


@pytest.mark.parametrize(("password", "code"), [("lovelace", 0), ("another", 1)])
def test_the_real_client_shows_the_password_of_its_settings(tmp_path: Path, password: str, code: int) -> None:
    with empty_store("sqlite", tmp_path) as store, served(store, auth_string="ada:lovelace") as url:
        done = run_client(url, tmp_path, "-c", ASKING, PREFECT_API_AUTH_STRING=f"ada:{password}")
    assert (done.returncode, "[]" in done.stdout) == (code, code == 0)
    assert ("Unauthorized" in done.stderr) == (code == 1)


CHANGING = """
import asyncio
from prefect import flow
from prefect.client.orchestration import get_client
asked = flow(lambda: 1, name="asked")
with get_client(sync_client=True) as client:
    run = client.create_flow_run(asked)
    client._client.csrf_token = "0-of-another-server"
    client.delete_flow_run(run.id)
async def main():
    async with get_client() as client:
        await client.create_flow_run(asked)
        print(len(await client.read_flow_runs()))
asyncio.run(main())
"""


@pytest.mark.parametrize(("supports", "code"), [("true", 0), ("false", 1)])
def test_the_real_client_shows_tokens_against_forged_requests(tmp_path: Path, supports: str, code: int) -> None:
    with empty_store("sqlite", tmp_path) as store, served(store, access=Access(csrf_seconds=60)) as url:
        done = run_client(url, tmp_path, "-c", CHANGING, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED=supports)
    assert (done.returncode, done.stdout.strip()) == (code, "1" if code == 0 else ""), done.stderr[-2000:]
    assert ("Missing CSRF token." in done.stderr) == (code == 1)
