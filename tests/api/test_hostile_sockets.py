"""Frames that are none of the protocol close the socket that they came on; the server is well behind them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.listening import socket_url
from tests.support.waiting import until

SUBPROTOCOL: Any = "prefect"
AUTH = '{"type": "auth", "token": null}'
FILTERS = {"events/out": "event", "logs/out": "text"}


@pytest.fixture(autouse=True)
def _the_server_is_well(api: str, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert httpx.get(f"{api}/ready").json() == {"message": "OK"}
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def opened(api: str, path: str, **options: Any) -> ClientConnection:
    return connect(socket_url(api, f"/{path}"), subprotocols=[SUBPROTOCOL], compression=None, max_size=None, **options)


def closing_code(socket: ClientConnection) -> int | None:
    """With which code the server closes, whatever it says before."""
    try:
        while True:
            socket.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


FIRST_FRAMES = {
    "no JSON": "hello",
    "nothing": "",
    "bytes": b"\xff\xfe\x00",
    "a list": "[]",
    "a number": "1e999",
    "another type": '{"type": ["auth"]}',
    "too deep": "[" * 100_000 + "]" * 100_000,
    "half a surrogate": r'{"type": "\ud800"}',
}


@pytest.mark.parametrize("path", ["events/out", "logs/out", "events/in"])
@pytest.mark.parametrize("frame", FIRST_FRAMES)
def test_a_frame_that_does_not_authenticate_closes_the_socket(api: str, path: str, frame: str) -> None:
    with opened(api, path) as socket:
        socket.send(FIRST_FRAMES[frame])
        assert closing_code(socket) == 1008


@pytest.mark.parametrize("path", FILTERS)
@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        '{"type": "filter"}',
        '{"type": "filter", "filter": 1}',
        '{"type": "filter", "filter": {"event": {"name": 1}, "level": {"ge_": "x"}}}',
        '{"type": "filter", "filter": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=["no JSON", "no filter", "a number", "wrong types", "too deep"],
)
def test_a_filter_that_is_none_closes_the_socket(api: str, path: str, frame: str) -> None:
    with opened(api, path) as socket:
        socket.send(AUTH)
        socket.send(frame)
        assert closing_code(socket) == 1002


def test_a_filter_with_a_nul_finds_nothing_or_closes_the_socket(api: str, request: Any) -> None:
    with opened(api, "events/out") as socket:
        socket.send(AUTH)
        socket.send(r'{"type": "filter", "filter": {"resource": {"id": ["a\u0000b"]}}}')
        assert "auth_success" in str(socket.recv(timeout=20))
        if "postgres" in request.node.name:
            assert closing_code(socket) == 1002
        else:
            with pytest.raises(TimeoutError):
                socket.recv(timeout=0.2)


def test_a_frame_beyond_all_measure_closes_the_socket(api: str) -> None:
    with opened(api, "events/in") as socket:
        socket.send(AUTH)
        with suppress(ConnectionClosed):
            socket.send("x" * 17_000_000)
        assert closing_code(socket) in (1009, None)  # None: it was cut off while it sent, and did not hear why


def test_a_handshake_with_a_large_head_is_refused(api: str) -> None:
    for count in (200, 20_000):
        with pytest.raises(InvalidStatus) as refused:
            opened(api, "events/in", additional_headers=[("X", "y")] * count)
        assert 400 <= refused.value.response.status_code < 500


def test_what_is_no_event_does_no_harm_to_those_beside_it(api: str) -> None:
    event = {"event": "beside", "occurred": "2026-11-01T00:00:00Z", "resource": {"prefect.resource.id": "r"}}
    ids = [f"6c8f5b1c-7a64-4a51-8d9b-00000000000{number}" for number in range(3)]
    frames = [msgspec.json.encode({**event, "id": one}).decode() for one in ids]
    with opened(api, "events/in") as socket:
        socket.send(AUTH)
        for frame in (frames[0], "hello", b"\xff", "[]", frames[1], "[" * 100_000, '{"event": 1}', frames[2]):
            socket.send(frame)

    def stored() -> list[str]:
        found = httpx.post(f"{api}/events/filter", json={"filter": {"event": {"name": ["beside"]}}}).json()["events"]
        return sorted(one["id"] for one in found)

    until(lambda: stored() == ids)
