"""The clients: both faces of one definition, what they raise, and that a process reads its own writes."""

import asyncio
import inspect
import socket
from pathlib import Path

import httpx
import pytest

from headrace import __version__, flow, get_client, task
from headrace._wire.routes import COMPATIBLE_VERSION
from headrace.client.orchestration import HeadraceClient, SyncHeadraceClient
from headrace.client.schemas.filters import TaskRunFilter, TaskRunFilterFlowRunId
from headrace.exceptions import APIStatusError, ConfigurationError, StoreUnavailable
from headrace.runtime import flow_run
from headrace.server.api import in_process
from headrace.server.app import create_app
from headrace.server.store.transactions import Store
from headrace.states import Pending, Running
from tests.api.named import Named


def methods(client: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_") and name not in ("perform", "converse")
    }


def test_both_faces_have_the_same_methods_and_signatures() -> None:
    assert methods(HeadraceClient) == methods(SyncHeadraceClient)
    for name in methods(HeadraceClient):
        assert inspect.iscoroutinefunction(getattr(HeadraceClient, name))
        assert not inspect.iscoroutinefunction(getattr(SyncHeadraceClient, name))


def test_a_method_says_what_its_caller_gets() -> None:
    assert methods(SyncHeadraceClient)["read_flow_runs"].return_annotation.__args__[0].__name__ == "FlowRun"


def test_the_asynchronous_client_speaks_to_an_application(sqlite_store: Store) -> None:
    application = create_app(sqlite_store)

    async def scenario() -> None:
        async with application.router.lifespan_context(application), HeadraceClient(application) as client:
            assert await client.api_healthcheck() is None
            run = await client.create_flow_run(Named("load"), name="first", state=Pending())
            assert (await client.set_flow_run_state(run.id, Running())).status == "ACCEPT"
            assert [found.name for found in await client.read_flow_runs()] == ["first"]

    asyncio.run(scenario())


def test_the_asynchronous_client_speaks_in_process(home: Path) -> None:
    async def scenario() -> None:
        async with get_client() as client:
            assert client.api_url == f"sqlite:///{home / 'headrace.db'}"
            runs = await asyncio.gather(*(client.create_flow_run(Named("load")) for _ in range(20)))
            assert await client.count_flow_runs() == len({run.id for run in runs}) == 20
            assert (await client.hello()).json() == "👋"

    asyncio.run(scenario())


def test_settings_say_which_control_plane(home: Path, api_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", api_url)
    with get_client(sync_client=True) as client:
        assert client.api_url == api_url
        assert client.api_version() == f"{COMPATIBLE_VERSION}+headrace.{__version__}"
    monkeypatch.delenv("PREFECT_API_URL")
    with get_client(sync_client=True) as client:
        assert client.api_url.startswith("sqlite:")


def test_a_server_that_is_not_there_is_named_with_what_to_do() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/api"
        with SyncHeadraceClient(url) as client:
            with pytest.raises(StoreUnavailable, match=f"{url} does not answer.*HEADRACE_API_URL"):
                client.read_flows()
            assert isinstance(client.api_healthcheck(), StoreUnavailable)


def test_a_database_of_servers_is_not_opened_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_DATABASE_URL", "postgresql://somewhere/else")
    with pytest.raises(ConfigurationError, match="through a server only"):
        get_client(sync_client=True)


def test_settings_of_httpx_are_handed_on(api_url: str) -> None:
    seen: list[httpx.Request] = []
    settings = {"event_hooks": {"request": [seen.append]}, "headers": {"x-mine": "yes"}}
    with SyncHeadraceClient(api_url, auth_string="me:secret", httpx_settings=settings) as client:
        client.read_flows()
    assert seen[0].headers["x-mine"] == "yes"
    assert seen[0].headers["authorization"] == "Basic bWU6c2VjcmV0"
    assert seen[0].headers["x-prefect-api-version"] == "0.8.4"


def test_an_error_carries_its_data(api_url: str) -> None:
    client = SyncHeadraceClient(api_url, api_version="0.1.0")
    with client, pytest.raises(APIStatusError, match=r"requires version 0\.8\.0 or higher") as raised:
        client.read_flows()
    assert (raised.value.status_code, raised.value.method, raised.value.path) == (400, "POST", "/flows/filter")
    assert isinstance(raised.value.body, dict)


def test_a_run_reads_what_it_has_reported(home: Path) -> None:
    @task
    def double(number: int) -> int:
        return 2 * number

    @flow
    def doubling() -> tuple[str, int]:
        for number in range(3):
            double(number)
        with get_client(sync_client=True) as client:
            run_id = flow_run.id
            mine = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[run_id]))
            return client.read_flow_run(run_id).state_name, client.count_task_runs(task_run_filter=mine)

    assert doubling() == ("Running", 3)


def test_a_defect_is_seen_as_it_is_in_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(store: Store, query: object) -> None:
        raise ZeroDivisionError("of the inside")

    monkeypatch.setattr("headrace.server.api.flows.read_flows", broken)
    in_process.bound_route.cache_clear()
    try:
        with get_client(sync_client=True) as client, pytest.raises(ZeroDivisionError, match="of the inside"):
            client.read_flows()
    finally:
        in_process.bound_route.cache_clear()
