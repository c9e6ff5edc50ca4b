"""What a client sends again where a server has too much to do or a connection breaks, when, and what it never does."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from headrace.client.orchestration import HeadraceClient, SyncHeadraceClient
from headrace.client.schemas.objects import Flow
from headrace.exceptions import APIStatusError, StoreUnavailable
from headrace.states import Running
from tests.api.named import Named
from tests.support.pauses import noted_pauses
from tests.support.proxy import DEEDS, PASS, Deed, Plan, Proxy, Request, proxied

CUT = Deed("cut_after")
BUSY = Deed("refuse", status=429)
UNAVAILABLE = Deed("refuse", status=503)
BROKEN = [deed for deed in DEEDS if deed.kind in ("cut_before", "cut_after", "half", "refuse")]


def first(times: int, deed: Deed, path: str = "") -> Plan:
    """Does this to so many requests, of those whose path ends so."""
    numbers = itertools.count()

    def plan(number: int, request: Request) -> Deed:
        return deed if request.path.endswith(path) and next(numbers) < times else PASS

    return plan


@pytest.fixture
def pauses() -> Iterator[list[float]]:
    with noted_pauses() as seconds:
        yield seconds


@pytest.fixture
def proxy(api_url: str) -> Iterator[Proxy]:
    with proxied(api_url) as opened:
        yield opened


@pytest.mark.parametrize("deed", BROKEN, ids=lambda deed: f"{deed.kind}-{deed.status}")
def test_what_only_reads_is_sent_again(proxy: Proxy, pauses: list[float], deed: Deed) -> None:
    proxy.plan = first(3, deed)
    with SyncHeadraceClient(proxy.url) as client:
        assert client.read_flow_runs() == []
    assert len(proxy.requests) == 4
    bounds = [(0.25, 0.3), (0.5, 0.6), (1.0, 1.2)]
    assert all(least <= pause <= most for pause, (least, most) in zip(pauses, bounds, strict=True)), pauses


def test_the_asynchronous_client_sends_again_as_well(proxy: Proxy, pauses: list[float]) -> None:
    async def scenario() -> list[Flow]:
        async with HeadraceClient(proxy.url) as client:
            return await client.read_flows()

    proxy.plan = first(2, CUT)
    assert asyncio.run(scenario()) == []
    assert len(proxy.requests) == 3


def test_a_flow_that_is_known_by_its_name_is_made_once(proxy: Proxy, pauses: list[float]) -> None:
    proxy.plan = first(1, CUT, "/flows/")
    with SyncHeadraceClient(proxy.url) as client:
        client.create_flow_run(Named("load"))
        assert [flow.name for flow in client.read_flows()] == ["load"]


def test_a_run_that_the_server_may_have_made_is_not_made_again(proxy: Proxy, pauses: list[float]) -> None:
    proxy.plan = first(1, CUT, "/flow_runs/")
    with SyncHeadraceClient(proxy.url) as client:
        with pytest.raises(StoreUnavailable, match="does not answer"):
            client.create_flow_run(Named("load"))
        assert client.count_flow_runs() == 1
    assert proxy.paths()["/api/flow_runs/"] == 1


def test_a_state_that_the_server_may_have_set_is_not_set_again(proxy: Proxy, pauses: list[float]) -> None:
    with SyncHeadraceClient(proxy.url) as client:
        run = client.create_flow_run(Named("load"))
        proxy.plan = first(1, UNAVAILABLE, "/set_state")
        with pytest.raises(StoreUnavailable):
            client.set_flow_run_state(run.id, Running())
        assert client.set_flow_run_state(run.id, Running()).status == "ACCEPT"


def test_what_the_server_did_not_take_is_sent_again(proxy: Proxy, pauses: list[float]) -> None:
    proxy.plan = first(2, BUSY, "/flow_runs/")
    with SyncHeadraceClient(proxy.url) as client:
        client.create_flow_run(Named("load"))
        assert client.count_flow_runs() == 1
    assert proxy.paths()["/api/flow_runs/"] == 3


def test_a_server_is_left_alone_for_as_long_as_it_asks(proxy: Proxy, pauses: list[float]) -> None:
    proxy.plan = first(1, Deed("refuse", seconds=7, status=429))
    with SyncHeadraceClient(proxy.url) as client:
        client.read_flows()
    (pause,) = pauses
    assert 7 <= pause <= 7 * 1.2


def test_a_server_that_asks_for_an_hour_is_not_waited_for(proxy: Proxy, pauses: list[float]) -> None:
    proxy.plan = first(1, Deed("refuse", seconds=3600, status=429))
    with SyncHeadraceClient(proxy.url) as client, pytest.raises(APIStatusError, match="429"):
        client.read_flows()
    assert pauses == []


def test_the_settings_say_how_often_and_after_what(
    proxy: Proxy, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_CLIENT_MAX_RETRIES", "2")
    monkeypatch.setenv("PREFECT_CLIENT_RETRY_JITTER_FACTOR", "0")
    monkeypatch.setenv("PREFECT_CLIENT_RETRY_EXTRA_CODES", "418, 500")
    proxy.plan = first(9, Deed("refuse", status=418))
    with SyncHeadraceClient(proxy.url) as client, pytest.raises(APIStatusError, match="418"):
        client.create_flow_run(Named("load"))
    assert (len(proxy.requests), pauses) == (3, [0.25, 0.5])


def test_without_retries_the_first_answer_counts(
    proxy: Proxy, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_CLIENT_MAX_RETRIES", "0")
    proxy.plan = first(1, UNAVAILABLE)
    with SyncHeadraceClient(proxy.url) as client, pytest.raises(StoreUnavailable):
        client.read_flows()
    assert len(proxy.requests) == 1
