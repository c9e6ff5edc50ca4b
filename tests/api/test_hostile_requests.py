"""Bytes that are no request, or one that nobody should send: a status below 500, and a server that goes on."""

import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from headrace.server.api.request_heads import MAX_HEAD_BYTES

POST = b"POST /api/flows/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
DEEP = b"[" * 10_000 + b"]" * 10_000
STRANGE_HEADS = {
    "an unknown method": (b"FETCH /api/ready HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "a method of others": (b"PROPFIND /api/ready HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    "a tunnel": (b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", 400),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "an older version": (b"GET /api/ready HTTP/1.0\r\n\r\n", 200),
    "a version to come": (b"GET /api/ready HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
    "bytes in the path": (b"GET /api/flows/name/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "escapes that are none": (b"GET /api/flows/name/%zz%f HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "escaped bytes": (b"GET /api/flows/name/%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "bytes in the query": (b"GET /api/flow_run_states/?flow_run_id=\xff%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "a version of bytes": (b"GET /api/hello HTTP/1.1\r\nHost: localhost\r\nX-Prefect-Api-Version: \xff\r\n\r\n", 400),
    "a version of many digits": (
        b"GET /api/hello HTTP/1.1\r\nHost: localhost\r\nX-Prefect-Api-Version: " + b"9" * 6_000 + b".0.0\r\n\r\n",
        400,
    ),
    "a length that is none": (POST + b"Content-Length: abc\r\n\r\n{}", 400),
    "a length below nothing": (POST + b"Content-Length: -1\r\n\r\n{}", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a length and chunks": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    "a chunk of no length": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "a body to come of 10 GB": (POST + b"Content-Length: 10000000000\r\n\r\n{", 413),
    "a body that is not told": (POST + b"\r\n", 422),
    "a name without a value": (b"GET /api/ready HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n", 400),
}


@pytest.fixture
def http(api: str, caplog: pytest.LogCaptureFixture) -> Iterator[httpx.Client]:
    """A client, after whose requests the server is well, and has seen no defect of itself."""
    with httpx.Client(base_url=api, timeout=60) as client:
        yield client
        assert client.get("/ready").json() == {"message": "OK"}
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def connection(api: str) -> socket.socket:
    address = urlsplit(api)
    assert address.hostname is not None
    assert address.port is not None
    return socket.create_connection((address.hostname, address.port), timeout=20)


def answer(api: str, sent: bytes) -> tuple[int, bytes]:
    """The status and all else that bytes on a fresh connection are answered with."""
    with connection(api) as line:
        line.sendall(sent)
        found = b""
        while b"\r\n\r\n" not in found and (part := line.recv(65536)):
            found += part
    status = re.match(rb"HTTP/1\.1 (\d{3}) ", found)
    assert status is not None, found
    return int(status[1]), found


@pytest.mark.parametrize("sent", STRANGE_HEADS)
def test_a_strange_head_is_refused(api: str, http: httpx.Client, sent: str) -> None:
    head, status = STRANGE_HEADS[sent]
    assert answer(api, head)[0] == status


LARGE_HEADS = {
    "a long path": b"GET /api/flows/name/" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a long value": b"GET /api/ready HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n",
    "many": b"GET /api/ready HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    "no end": b"GET /api/ready HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 700_000,
}


@pytest.mark.parametrize("head", LARGE_HEADS)
def test_a_large_head_is_refused_with_the_bound(api: str, http: httpx.Client, head: str) -> None:
    status, answered = answer(api, LARGE_HEADS[head])
    assert (status, str(MAX_HEAD_BYTES).encode() in answered) == (431, True)


def test_a_head_within_the_bound_is_answered_however_its_bytes_come(api: str, http: httpx.Client) -> None:
    head = b"GET /api/ready HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5_000 + b"\r\n"
    body = b'{"name": "' + b"x" * 200_000 + b'"}'
    large = POST + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    with connection(api) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for sent in (head, head[:20_000], head[20_000:], large + head[:100], head[100:]):
            line.sendall(sent)
        found = b""
        while found.count(b"HTTP/1.1 ") < 4:
            found += line.recv(65536)
    assert b"431" not in found


def test_a_body_that_ends_early_changes_nothing(api: str, http: httpx.Client) -> None:
    before = http.post("/flows/count").json()
    for head in (b"Transfer-Encoding: chunked\r\n\r\n10\r\n", b"Content-Length: 17\r\n\r\n"):
        with connection(api) as line:
            line.sendall(POST + head + b'{"name": "half"')
            line.shutdown(socket.SHUT_WR)
            assert not re.match(rb"HTTP/1\.1 [25]", line.recv(65536))
    assert http.post("/flows/count").json() == before


def run_of(http: httpx.Client) -> str:
    flow = http.post("/flows/", json={"name": "hostile"}).json()
    return http.post("/flow_runs/", json={"flow_id": flow["id"]}).json()["id"]


PLACES = {
    "parameters": ("PATCH", "/flow_runs/{id}", b'{"parameters": {"a": %s}}'),
    "a filter": ("POST", "/flow_runs/filter", b'{"flow_runs": {"name": {"any_": [%s]}}}'),
    "a state's data": ("POST", "/flow_runs/{id}/set_state", b'{"state": {"type": "RUNNING", "data": %s}}'),
    "an event": (
        "POST",
        "/events",
        b'[{"event": "e", "occurred": "2026-01-01", "resource": {"prefect.resource.id": "r"}, "payload": {"a": %s}}]',
    ),
    "a saved search": (
        "PUT",
        "/saved_searches/",
        b'{"name": "s", "filters": [{"object": "o", "property": "p", "type": "t", "operation": "o", "value": %s}]}',
    ),
}
NO_JSON = {
    "10,000 levels": DEEP,
    "10,000 levels of objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "10,000 levels that never end": b"[" * 10_000,
    "half a surrogate": rb'"\ud800"',
    "no UTF-8": b'"\xff\xfe"',
    "an escape that is none": rb'"\x"',
    "a comment": b"1 /* one */",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", NO_JSON)
def test_what_is_no_json_is_refused_with_its_place(http: httpx.Client, place: str, value: str) -> None:
    method, path, body = PLACES[place]
    path = path.replace("{id}", run_of(http))
    json = {"content-type": "application/json"}
    refused = http.request(method, path, content=body.replace(b"%s", NO_JSON[value]), headers=json)
    assert refused.status_code == 422
    assert refused.json()["exception_detail"][0]["loc"] == ["body"]
    assert "column" in refused.json()["exception_detail"][0]["msg"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_null(http: httpx.Client, value: str) -> None:
    run_id, json = run_of(http), {"content-type": "application/json"}
    body = f'{{"parameters": {{"a": {value}}}}}'
    assert http.patch(f"/flow_runs/{run_id}", content=body, headers=json).status_code == 204
    assert http.get(f"/flow_runs/{run_id}").json()["parameters"] == {"a": None}


def test_of_keys_that_are_said_twice_the_last_is_meant(http: httpx.Client) -> None:
    json = {"content-type": "application/json"}
    made = http.post("/flows/", content=b'{"name": "first", "name": "second"}', headers=json)
    assert made.json()["name"] == "second"


def test_no_body_is_asked_for_what_is_null(http: httpx.Client) -> None:
    run_of(http)
    for path in ("/flow_runs/filter", "/flows/filter", "/flow_runs/count", "/ui/task_runs/count"):
        asked = http.post(path, content=b" null\n", headers={"content-type": "application/json"})
        assert asked.status_code == 200
    refused = http.post("/flows/", content=b"null", headers={"content-type": "application/json"})
    assert refused.status_code == 422


def test_a_nul_that_the_database_refuses_is_named(http: httpx.Client, api: str, request: Any) -> None:
    run_id = run_of(http)
    is_refused = "postgres" in request.node.name
    asked = {
        ("body", "parameters", "a", 1): http.patch(f"/flow_runs/{run_id}", json={"parameters": {"a": [1, "b\0"]}}),
        ("body", "name"): http.post("/flows/", json={"name": "a\0b"}),
        ("body", "flows", "name", "any_", 0): http.post("/flows/filter", json={"flows": {"name": {"any_": ["a\0"]}}}),
        ("path", "name"): http.get("/flows/name/b%00"),
    }
    for place, answered in asked.items():
        if is_refused:
            assert (answered.status_code, tuple(answered.json()["exception_detail"][0]["loc"])) == (422, place)
        else:
            assert answered.status_code in (200, 201, 204, 404)


@pytest.mark.parametrize(
    "token", ["x", "e30=", "W10=", "WyJ7fSIsLTUsMSxbMSwiMDAiXV0=", "WyJ7fSIsNSwxLFsxZTMwLCIwMCJdXQ==", "%ff", "W" * 9]
)
def test_a_page_that_nobody_named_is_refused(http: httpx.Client, token: str) -> None:
    refused = http.get("/events/filter/next", params={"page-token": token})
    assert (refused.status_code, refused.json()["exception_detail"][0]["loc"][1]) == (422, "page-token")
