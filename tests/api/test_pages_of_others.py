"""What browsers send for pages of other sites, and tokens against forged requests."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from headrace._kernel import clock
from headrace.client.orchestration import SyncHeadraceClient, get_client
from headrace.server.api.access import Access
from headrace.server.api.csrf import CsrfTokens
from headrace.server.api.origins import Origins
from headrace.server.store.transactions import Store
from tests.api.named import Named
from tests.support.served import served

OURS = Origins(hosts=("127.0.0.1", "pipelines.lan"))
EVIL = "http://evil.example"


@pytest.fixture
def url(sqlite_store: Store) -> Iterator[str]:
    """The API of a server that this machine alone reaches."""
    with served(sqlite_store, access=Access(origins=OURS)) as found:
        yield found


def filtered(url: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{url}/flows/filter", json={}, headers=named)


@pytest.mark.parametrize(
    "origin", [EVIL, "http://127.0.0.1:1", "null", "", "http://[", "http://127.0.0.1.evil.example"]
)
def test_a_page_of_another_site_is_refused(url: str, origin: str) -> None:
    refused = filtered(url, origin=origin)
    assert refused.status_code == 403
    assert "HEADRACE_SERVER_API_CORS_ALLOWED_ORIGINS" in refused.json()["detail"]
    assert "access-control-allow-origin" not in refused.headers


def test_a_page_of_the_server_itself_is_answered(url: str) -> None:
    own = url.removesuffix("/api")
    assert filtered(url, origin=own).json() == []
    assert filtered(url, origin="https://behind.a.proxy", sec_fetch_site="same-origin").json() == []
    assert filtered(url).json() == []


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),
        ("same-site", "cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ],
)
def test_what_a_page_embeds_is_refused_and_a_link_is_followed(url: str, site: str, mode: str, status: int) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    assert httpx.get(f"{url}/hello", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 403),
        ("evil.example:4200", 403),
        ("localhost.evil.example", 403),
        ("[", 403),
        ("localhost:4200", 200),
        ("pipelines.lan:80", 200),
        ("PIPELINES.LAN", 200),
        ("dev.localhost", 200),
        ("[::1]:4200", 200),
        ("192.0.2.7", 200),
    ],
)
def test_a_name_that_was_given_this_address_is_not_ours(url: str, host: str, status: int) -> None:
    for _ in range(2):
        answer = filtered(url, host=host)
        assert answer.status_code == status
        assert ("HEADRACE_SERVER_API_ALLOWED_HOSTS" in answer.text) == (status == 403)


def test_pages_that_are_named_may_call(sqlite_store: Store) -> None:
    origin = "https://pages.example.com"
    access = Access(auth_string="ada:lovelace", origins=Origins(allowed=(origin,), headers=("x-mine", "content-type")))
    with served(sqlite_store, access=access) as url:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        allowed = httpx.options(f"{url}/flows/filter", headers={**asked, "access-control-request-headers": "x-mine"})
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, origin)
        refused = httpx.options(f"{url}/flows/filter", headers={**asked, "access-control-request-headers": "x-other"})
        assert refused.status_code == 400
        answer = httpx.post(f"{url}/flows/filter", json={}, headers={"origin": origin}, auth=("ada", "lovelace"))
        assert (answer.json(), answer.headers["access-control-allow-origin"]) == ([], origin)
        unknown = filtered(url, origin=origin)
        assert (unknown.status_code, unknown.headers["access-control-allow-origin"]) == (401, origin)
        assert filtered(url, origin=EVIL).status_code == 403


def test_all_pages_may_call_where_that_is_meant(sqlite_store: Store) -> None:
    with served(sqlite_store, access=Access(origins=Origins(allowed=("*",)))) as url:
        assert filtered(url, origin=EVIL).headers["access-control-allow-origin"] == "*"
        assert httpx.get(f"{url}/hello", headers={"sec-fetch-site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(("origin", "status"), [(EVIL, "403"), (None, "101")])
def test_a_web_socket_of_another_sites_page_is_refused(url: str, origin: str | None, status: str) -> None:
    host, _, port = url.removeprefix("http://").removesuffix("/api").partition(":")
    lines = [
        "GET /api/logs/out HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: prefect",
        *([f"Origin: {origin}"] if origin else []),
    ]
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert connection.recv(100).split()[1] == status.encode()


@pytest.fixture
def wary(sqlite_store: Store) -> Iterator[str]:
    """The API of a server that asks for tokens."""
    with served(sqlite_store, access=Access(auth_string="ada:lovelace", csrf_seconds=60)) as found:
        yield found


def test_a_change_takes_a_token_of_its_client(wary: str) -> None:
    auth = ("ada", "lovelace")
    given = httpx.get(f"{wary}/csrf-token?client=me", auth=auth).json()
    assert set(given) == {"id", "created", "updated", "token", "client", "expiration"}
    assert given["client"] == "me"
    for headers, detail in (
        ({}, "Missing CSRF token."),
        ({"Prefect-Csrf-Client": "me"}, "Missing CSRF token."),
        ({"Prefect-Csrf-Token": given["token"]}, "Missing client identifier."),
        ({"Prefect-Csrf-Token": "x", "Prefect-Csrf-Client": "me"}, "Invalid CSRF token or client identifier."),
        (
            {"Prefect-Csrf-Token": given["token"], "Prefect-Csrf-Client": "you"},
            "Invalid CSRF token or client identifier.",
        ),
    ):
        refused = httpx.post(f"{wary}/flows/filter", json={}, headers=headers, auth=auth)
        assert (refused.status_code, refused.json()) == (403, {"detail": detail})
    headers = {"Prefect-Csrf-Token": given["token"], "Prefect-Csrf-Client": "me"}
    assert httpx.post(f"{wary}/flows/filter", json={}, headers=headers, auth=auth).json() == []
    assert httpx.get(f"{wary}/csrf-token?client=me").status_code == 401
    assert httpx.get(f"{wary}/csrf-token", auth=auth).json()["exception_detail"][0]["loc"] == ["query", "client"]


def test_a_token_holds_for_its_time_on_every_server_of_a_store() -> None:
    token, until = CsrfTokens("a store", 60).token_for("me")
    assert 59e6 < until - clock.now() <= 60e6
    assert CsrfTokens("a store", 1).is_valid("me", token)
    assert not CsrfTokens("another", 60).is_valid("me", token)
    over, _ = CsrfTokens("a store", -1).token_for("me")
    assert not CsrfTokens("a store", 60).is_valid("me", over)
    later = f"{until + 1:x}-{token.partition('-')[2]}"
    assert not CsrfTokens("a store", 60).is_valid("me", later)


def test_our_client_fetches_tokens_by_itself(wary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with SyncHeadraceClient(wary, auth_string="ada:lovelace") as client:
        run = client.create_flow_run(Named("load"))
        client.delete_flow_run(run.id)
        assert client.read_flow_runs() == []
    monkeypatch.setenv("HEADRACE_API_URL", wary)
    monkeypatch.setenv("HEADRACE_API_AUTH_STRING", "ada:lovelace")
    with get_client(sync_client=True) as client:
        assert client.count_flow_runs() == 0
