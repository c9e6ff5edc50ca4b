"""The WebSocket `logs/out`: lines as they are stored, by whichever door and process, in order and once each."""

import json
import logging
import threading
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from headrace._kernel.ids import id_text, new_id
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support import rows
from tests.support.listening import Ear, Stage, ear, socket_url
from tests.support.served import served


def messages(listener: Ear, count: int) -> list[str]:
    return [frame["log"]["message"] for frame in listener.hear(count)]


def test_lines_come_as_they_are_stored_whoever_stores_them(stage: Stage) -> None:
    rows.apply(stage.store, rows.line("before"))
    with ear(stage.url, "/logs/out") as listener:
        rows.apply(stage.beside, rows.line("first"), rows.line("second"))
        rows.apply(stage.store, rows.line("third"))
        assert messages(listener, 3) == ["first", "second", "third"]


def test_a_line_is_told_as_the_api_tells_it(stage: Stage) -> None:
    run_id = new_id()
    with ear(stage.url, "/logs/out") as listener:
        rows.apply(stage.store, rows.line("Hello", flow_run_id=run_id, level=30, logger="headrace.flow_runs"))
        (frame,) = listener.hear(1)
    assert frame["type"] == "log"
    told = frame["log"]
    assert (told["message"], told["level"], told["name"]) == ("Hello", 30, "headrace.flow_runs")
    assert (told["flow_run_id"], told["task_run_id"]) == (id_text(run_id), None)
    assert set(told) == {
        "id",
        "created",
        "updated",
        "name",
        "level",
        "message",
        "timestamp",
        "flow_run_id",
        "task_run_id",
    }


def test_only_lines_that_fit_the_filter_come(stage: Stage) -> None:
    run_id = new_id()
    asked = {"level": {"ge_": logging.WARNING}, "flow_run_id": {"any_": [id_text(run_id)]}}
    with ear(stage.url, "/logs/out", asked) as listener:
        rows.apply(stage.beside, rows.line("of another run", level=40), rows.line("low", flow_run_id=run_id, level=20))
        rows.apply(stage.beside, *[rows.line(f"fits {n}", flow_run_id=run_id, level=40) for n in range(3)])
        assert messages(listener, 3) == ["fits 0", "fits 1", "fits 2"]


def test_thousands_of_lines_of_several_writers_come_once_each_and_in_order(stage: Stage) -> None:
    writers, batches, size = 4, 25, 40

    def write(writer: int) -> None:
        for batch in range(batches):
            store = stage.store if writer % 2 else stage.beside
            rows.apply(store, *[rows.line(f"{writer}:{batch * size + n}") for n in range(size)])

    with ear(stage.url, "/logs/out") as listener:
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        told = messages(listener, writers * batches * size)
        for thread in threads:
            thread.join()
    for writer in range(writers):
        own = [int(message.partition(":")[2]) for message in told if message.startswith(f"{writer}:")]
        assert own == list(range(batches * size))


def test_a_listener_that_does_not_read_holds_up_nobody(stage: Stage) -> None:
    with ear(stage.url, "/logs/out"), ear(stage.url, "/logs/out") as reading:
        for batch in range(20):
            rows.apply(stage.beside, *[rows.line(f"{batch}:{n} {'x' * 2_000}") for n in range(200)])
        assert len(messages(reading, 4_000)) == 4_000


def test_when_nobody_listens_any_more_nobody_is_told(stage: Stage) -> None:
    def leases() -> int:
        with stage.beside.read() as tx:
            return tx.execute("SELECT count(*) FROM listeners")[0][0]

    with ear(stage.url, "/logs/out"), ear(stage.url, "/logs/out"):
        assert leases() == 1
    deadline = time.monotonic() + 20
    while leases():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("stage", ["postgres"], indirect=True)
def test_the_connection_that_notifications_come_by_is_taken_up_again(stage: Stage) -> None:
    with ear(stage.url, "/logs/out") as listener:
        with stage.beside.write() as tx:
            cut = tx.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND query LIKE '%%run_changes%%'"
            )
        assert cut == [(1,)]
        rows.apply(stage.beside, rows.line("first"))
        assert messages(listener, 1) == ["first"]
        rows.apply(stage.beside, rows.line("second"))
        assert messages(listener, 1) == ["second"]


def test_who_shows_no_password_is_turned_away(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/headrace.db")
    try:
        with served(store, auth_string="ada:lovelace") as url:
            with ear(url, "/logs/out", token="ada:lovelace") as listener:
                rows.apply(store, rows.line("for ada"))
                assert messages(listener, 1) == ["for ada"]
            for token, reason in ((None, "Auth required but no token provided"), ("ada:byron", "Invalid token")):
                with _knocking(url) as socket:
                    socket.send(json.dumps({"type": "auth", "token": token}))
                    with pytest.raises(ConnectionClosed) as closed:
                        socket.recv(timeout=20)
                    assert closed.value.rcvd is not None
                    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, reason)
            with pytest.raises(InvalidStatus):  # without the sub-protocol, nobody could show one
                connect(socket_url(url, "/logs/out"))
    finally:
        store.close()


def _drain(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=20)


def _knocking(url: str) -> ClientConnection:
    return connect(socket_url(url, "/logs/out"), subprotocols=[Subprotocol("prefect")])


@pytest.mark.parametrize(
    ("frames", "code", "reason"),
    [
        (["{"], 1008, "Expected 'auth' message"),
        (['{"type":"filter"}'], 1008, "Expected 'auth' message"),
        (['{"type":"auth"}', '{"type":"auth"}'], 1002, "Expected 'filter' message"),
        (['{"type":"auth"}', '{"type":"filter","filter":{"level":{"ge_":"high"}}}'], 1002, "Invalid filter: level.ge_"),
        (['{"type":"auth"}', '{"type":"filter"}'], 1002, "Invalid filter: filter"),
    ],
)
def test_a_frame_that_is_not_expected_closes_the_socket_with_a_reason(
    api_url: str, frames: list[str], code: int, reason: str
) -> None:
    with _knocking(api_url) as socket:
        for frame in frames:
            socket.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            _drain(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert closed.value.rcvd.reason.startswith(reason)


def test_an_old_client_without_the_sub_protocol_is_let_in_where_there_is_no_password(
    api_url: str, sqlite_store: Store
) -> None:
    with connect(socket_url(api_url, "/logs/out")) as socket:
        socket.send('{"type":"filter","filter":{}}')
        while True:  # nobody says when the server has seen the filter
            rows.apply(sqlite_store, rows.line("heard"))
            try:
                assert json.loads(socket.recv(timeout=1))["log"]["message"] == "heard"
                return
            except TimeoutError:
                continue
