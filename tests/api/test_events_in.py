"""The WebSocket on which events are reported: what comes is stored, in batches, and nobody else's mistakes matter."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from headrace.server.api import events_in
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.listening import socket_url
from tests.support.served import served
from tests.support.waiting import until

BOUND_SECONDS = 20


def event(name: str = "door.opened", minutes_ago: int = 1, **fields: Any) -> dict[str, Any]:
    occurred = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    known = {"id": str(uuid4()), "occurred": occurred.isoformat(), "resource": {"prefect.resource.id": "door.1"}}
    return {"event": name, **known, **fields}


@contextmanager
def speak(url: str, token: str | None = None, *, says_who: bool = True) -> Iterator[ClientConnection]:
    """A socket as clients open it."""
    with connect(
        socket_url(url, "/events/in"),
        subprotocols=[Subprotocol("prefect")],
        open_timeout=BOUND_SECONDS,
        close_timeout=BOUND_SECONDS,
    ) as socket:
        if says_who:
            socket.send(json.dumps({"type": "auth", "token": token}))
            assert json.loads(socket.recv(timeout=BOUND_SECONDS)) == {"type": "auth_success"}
        yield socket


def stored(url: str, **query: Any) -> list[str]:
    page = httpx.post(f"{url}/events/filter", json={"filter": {"order": "ASC"}, **query}).raise_for_status().json()
    return [one["event"] for one in page["events"]]


def total(url: str) -> int:
    return httpx.post(f"{url}/events/filter", json={"limit": 0}).raise_for_status().json()["total"]


def test_events_are_stored_as_they_come(api_url: str) -> None:
    told = [event(f"number.{number}", 9 - number) for number in range(5)]
    with speak(api_url) as socket:
        for one in told:
            socket.send(json.dumps(one))
        socket.send(json.dumps(told[0]))
        until(lambda: len(stored(api_url)) == 5)
    assert stored(api_url) == [f"number.{number}" for number in range(5)]


def test_what_is_no_event_harms_none_that_is(api_url: str) -> None:
    with speak(api_url) as socket:
        for frame in ("{}", "junk", b"\xff\xfe", json.dumps([1]), json.dumps(event(resource={})), ""):
            socket.send(frame)
        socket.send(json.dumps(event("good")).encode())
        until(lambda: stored(api_url) == ["good"])
        assert httpx.get(f"{api_url}/health").status_code == 200


def test_what_is_too_large_is_left_out_and_what_runs_came_to_is_not(api_url: str, tell: "Tell") -> None:
    large, told = event("large", payload={"a": "x" * 1_600_000}), tell("PENDING", 1)
    told["payload"]["task_run"]["name"] = "x" * 1_600_000
    with speak(api_url) as socket:
        for one in (large, told, event("long", resource={"prefect.resource.id": "x" * 2_001}), event("good")):
            socket.send(json.dumps(one))
        until(lambda: "good" in stored(api_url))
    assert not {"large", "long"} & set(stored(api_url))
    assert [len(run["name"]) for run in _task_runs(api_url)] == [1_600_000]


def test_who_does_not_say_who_he_is_is_sent_away(api_url: str) -> None:
    with speak(api_url, says_who=False) as socket:
        socket.send(json.dumps(event("unheard")))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=BOUND_SECONDS)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert stored(api_url) == []


def test_where_there_is_a_password_it_has_to_be_shown(sqlite_store: Store) -> None:
    with served(sqlite_store, auth_string="ada:lovelace") as url:
        asked = httpx.Client(base_url=url, auth=("ada", "lovelace"))
        for token in (None, "ada:x"):
            with speak(url, says_who=False) as socket:
                socket.send(json.dumps({"type": "auth", "token": token}))
                with pytest.raises(ConnectionClosed):
                    socket.recv(timeout=BOUND_SECONDS)
        with speak(url, "ada:lovelace") as socket:
            socket.send(json.dumps(event("known")))
            until(lambda: asked.post("/events/filter", json={}).json()["total"] == 1)
        asked.close()


def test_what_came_before_the_end_of_the_server_is_stored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/headrace.db"
    store = open_store(url)
    with ExitStack() as client, served(store) as api_url:
        socket = client.enter_context(speak(api_url))
        for _ in range(300):
            socket.send(json.dumps(event()))
        socket.ping().wait(BOUND_SECONDS)  # the server has read all of it
    with served(store) as api_url:
        assert total(api_url) == 300
    store.close()


def test_many_sockets_wait_for_room_and_nothing_is_lost(api_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_in, "MOST_BYTES", 2_000)  # a few frames
    with ExitStack() as clients:
        sockets = [clients.enter_context(speak(api_url)) for _ in range(5)]
        for _ in range(60):
            for socket in sockets:
                socket.send(json.dumps(event()))
    until(lambda: total(api_url) == 300)


# Task runs


Tell = Callable[..., dict[str, Any]]


@pytest.fixture
def tell() -> Tell:
    """The events of one task run, as clients of Prefect tell them: each has its state and the whole run."""
    run_id, start = str(uuid4()), datetime.now(UTC) - timedelta(minutes=1)

    def told(kind: str, at: int, name: str | None = None, **run: Any) -> dict[str, Any]:
        name = name or kind.capitalize()
        known = {"name": "say-0", "task_key": "say-1", "dynamic_key": "k", "tags": [], "task_inputs": {"x": []}}
        return event(
            f"prefect.task-run.{name}",
            occurred=(start + timedelta(milliseconds=at)).isoformat(),
            resource={"prefect.resource.id": f"prefect.task-run.{run_id}", "prefect.orchestration": "client"},
            payload={
                "validated_state": {"type": kind, "name": name, "message": "", "state_details": {}, "data": None},
                "task_run": {**known, "run_count": 1, "flow_run_run_count": 1, **run},
            },
        )

    return told


def test_task_runs_are_made_of_what_clients_tell(api_url: str, tell: Tell) -> None:
    upstream = str(uuid4())
    inputs = {"x": [{"input_type": "task_run", "id": upstream}], "y": [{"input_type": "parameter", "name": "p"}]}
    told = [
        tell("PENDING", 0, flow_run_run_count=0, task_inputs=inputs),
        tell("RUNNING", 10, task_inputs=inputs),
        tell("COMPLETED", 35, tags=["t"], name="Cached", task_inputs=inputs),
    ]
    told[-1]["payload"]["task_run"]["name"] = "say hello"
    with speak(api_url) as socket:
        for one in (told[2], told[0], told[0], told[1], told[2]):
            socket.send(json.dumps(one))
        until(lambda: [run["run_count"] for run in _task_runs(api_url)] == [1])
    (run,) = _task_runs(api_url)
    assert (run["name"], run["task_key"], run["dynamic_key"], run["tags"]) == ("say hello", "say-1", "k", ["t"])
    assert (run["state_type"], run["state_name"], run["flow_run_run_count"]) == ("COMPLETED", "Cached", 1)
    assert run["task_inputs"] == inputs
    assert run["total_run_time"] == 0.025
    states = httpx.get(f"{api_url}/task_run_states/", params={"task_run_id": run["id"]}).json()
    assert [state["id"] for state in states] == [one["id"] for one in told]
    assert [state["name"] for state in states] == ["Pending", "Running", "Cached"]
    assert run["state_id"] == run["state"]["id"] == told[-1]["id"]
    # The events follow from the states, and are those that were told.
    page = httpx.post(f"{api_url}/events/filter", json={"filter": {"order": "ASC"}}).json()
    assert [(one["id"], one["event"]) for one in page["events"]] == [(one["id"], one["event"]) for one in told]
    assert page["total"] == len(told)


def _task_runs(url: str) -> list[dict[str, Any]]:
    return httpx.post(f"{url}/task_runs/filter", json={}).raise_for_status().json()


def test_task_runs_are_told_over_http_as_well(api_url: str, tell: Tell) -> None:
    assert httpx.post(f"{api_url}/events", json=[tell("RUNNING", 1), tell("PENDING", 0)]).status_code == 204
    assert [(run["state_name"], run["run_count"]) for run in _task_runs(api_url)] == [("Running", 1)]


def test_what_only_looks_like_a_task_run_is_an_event_like_others(api_url: str, tell: Tell) -> None:
    odd = [tell("RUNNING", number) for number in range(6)]
    odd[0]["resource"]["prefect.resource.id"] = "prefect.task-run.x"
    odd[1]["resource"].pop("prefect.orchestration")
    odd[2]["payload"] = {}
    odd[3]["payload"]["task_run"] = None
    odd[4]["payload"]["validated_state"]["type"] = "ELATED"
    odd[5]["related"] = [{"prefect.resource.id": "prefect.flow-run.x", "prefect.resource.role": "flow-run"}]
    assert httpx.post(f"{api_url}/events", json=odd).status_code == 204
    assert (_task_runs(api_url), len(stored(api_url))) == ([], 6)
