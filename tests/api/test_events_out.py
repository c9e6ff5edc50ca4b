"""The WebSocket `events/out`: what runs go to and what is reported, of the past and as it comes, once each."""

from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from headrace._kernel import clock
from headrace._kernel.ids import id_text, new_id, state_id
from headrace._records import StateRecord, TaskRunCreated
from headrace._wire.schema import now
from headrace.client.orchestration import SyncHeadraceClient
from headrace.server.api import events_out
from headrace.server.usecases.leases import held, presume_dead, renew
from tests.support.journals import begun, concluded, created, task_moved
from tests.support.listening import Ear, Stage, ear

FLOW_STATES = ["prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.Completed"]
TASK_STATES = ["prefect.task-run.Pending", "prefect.task-run.Running", "prefect.task-run.Completed"]


def told(listener: Ear, count: int) -> list[dict[str, Any]]:
    frames = listener.hear(count)
    assert {frame["type"] for frame in frames} == {"event"}
    return [frame["event"] for frame in frames]


def report(stage: Stage, name: str) -> str:
    """Reports an event over the API; its id."""
    event_id, resource = id_text(new_id()), {"prefect.resource.id": "kitchen.kettle"}
    event = {"id": event_id, "event": name, "occurred": now().isoformat(), "resource": resource}
    httpx.post(f"{stage.url}/events", json=[event]).raise_for_status()
    return event_id


def test_every_state_that_a_run_goes_to_is_an_event(stage: Stage) -> None:
    with ear(stage.url, "/events/out") as listener:
        run = stage.run_once(name="able-otter", tags=("blue",))
        events = told(listener, 6)
    names = [event["event"] for event in events]
    assert sorted(names) == sorted(FLOW_STATES + TASK_STATES)
    flow_events = [event for event in events if event["event"] in FLOW_STATES]
    assert [event["event"] for event in flow_events] == FLOW_STATES
    assert [event["event"] for event in events if event["event"] in TASK_STATES] == TASK_STATES
    running = flow_events[1]
    assert running["id"] == id_text(state_id(run, 1, 1))
    assert running["follows"] == flow_events[0]["id"]
    assert running["resource"] == {
        "prefect.resource.id": f"prefect.flow-run.{id_text(run)}",
        "prefect.resource.name": "able-otter",
        "prefect.run-count": "1",
        "prefect.state-message": "",
        "prefect.state-name": "Running",
        "prefect.state-timestamp": running["occurred"].replace("Z", "+00:00"),
        "prefect.state-type": "RUNNING",
    }
    assert [(one["prefect.resource.role"], one.get("prefect.resource.name")) for one in running["related"]] == [
        ("flow", "flow"),
        ("tag", None),
    ]
    assert running["payload"] == {
        "intended": {"from": "PENDING", "to": "RUNNING"},
        "initial_state": {"type": "PENDING", "name": "Pending"},
        "validated_state": {"type": "RUNNING", "name": "Running"},
    }


def test_events_of_the_past_come_first_and_none_comes_twice(stage: Stage) -> None:
    stage.run_once()
    reported = report(stage, "kettle.boiled")
    with ear(stage.url, "/events/out") as listener:
        past = told(listener, 7)
        assert [event["occurred"] for event in past] == sorted(event["occurred"] for event in past)
        assert reported in [event["id"] for event in past]
        stage.run_once()
        report(stage, "kettle.cooled")
        events = past + told(listener, 7)
    assert len({event["id"] for event in events}) == 14


def test_without_a_backfill_there_is_no_past(stage: Stage) -> None:
    stage.run_once()
    report(stage, "kettle.boiled")
    with ear(stage.url, "/events/out", backfill=False) as listener:
        reported = report(stage, "kettle.cooled")
        assert [event["id"] for event in told(listener, 1)] == [reported]


def test_only_events_that_fit_the_filter_come(stage: Stage) -> None:
    stage.run_once()
    asked = {"event": {"prefix": ["prefect.flow-run."], "exclude_name": ["prefect.flow-run.Pending"]}}
    with ear(stage.url, "/events/out", asked) as listener:
        stage.run_once()
        assert [event["event"] for event in told(listener, 4)] == FLOW_STATES[1:] * 2


def test_a_state_of_a_run_that_goes_on_comes_once(stage: Stage) -> None:
    run, task, at = new_id(), new_id(), clock.now()
    stage.tell(begun(run, at), created(task, run, at + 2))
    with ear(stage.url, "/events/out", {"event": {"prefix": ["prefect.task-run."]}}, backfill=False) as listener:
        stage.tell(task_moved(task, "RUNNING", at + 3, 1))
        stage.tell(task_moved(task, "COMPLETED", at + 4, 2))
        first, second = told(listener, 2)
    assert (first["event"], second["event"]) == tuple(TASK_STATES[1:])
    assert second["follows"] == first["id"]
    assert second["resource"]["prefect.orchestration"] == "client"
    assert second["payload"]["task_run"]["run_count"] == 1


def test_the_end_of_a_task_run_that_was_presumed_crashed_comes_too(stage: Stage) -> None:
    run, task, at, journal_id = new_id(), new_id(), clock.now(), stage.teller.journal.journal_id
    with ear(stage.url, "/events/out") as listener:
        stage.tell(begun(run, at), created(task, run, at + 2), task_moved(task, "RUNNING", at + 3, 1))
        told(listener, 4)
        renew(stage.beside, journal_id, 60, now=at)
        (lease,) = held(stage.beside)
        presume_dead(stage.beside, lease, now=at + 4)
        crashes = told(listener, 2)
        stage.tell(task_moved(task, "COMPLETED", at + 5, 2), concluded(run, at=at + 6))
        ends = told(listener, 2)
    assert {event["event"] for event in crashes} == {"prefect.flow-run.Crashed", "prefect.task-run.Crashed"}
    assert {event["event"] for event in ends} == {FLOW_STATES[-1], TASK_STATES[-1]}
    assert len({event["id"] for event in [*crashes, *ends]}) == 4


def test_a_subflow_is_told_once_and_names_its_place_in_its_parent(stage: Stage) -> None:
    run, stand_in, child, at = new_id(), new_id(), new_id(), clock.now()
    details = {"child_flow_run_id": id_text(child)}
    with ear(stage.url, "/events/out") as listener:
        first = StateRecord(1, 0, "PENDING", "Pending", at + 1, None, details)
        stage.tell(begun(run, at), TaskRunCreated(stand_in, run, "child-0", "child", first))
        stage.tell(begun(child, at + 2, parent_task_run_id=stand_in), concluded(child, at=at + 4))
        stage.tell(task_moved(stand_in, "COMPLETED", at + 5, 2, details=details), concluded(run, at=at + 6))
        events = told(listener, 6)
    assert [event["event"] for event in events] == [*FLOW_STATES[:2], *FLOW_STATES, FLOW_STATES[2]]
    (related,) = [one for one in events[3]["related"] if one["prefect.resource.role"] == "task-run"]
    assert related["prefect.resource.name"] == "child-0"


def test_states_that_are_set_over_the_api_are_events_of_flow_runs_and_not_of_task_runs(stage: Stage) -> None:
    with SyncHeadraceClient(stage.url) as client, ear(stage.url, "/events/out") as listener:
        flow_id = client.create_flow_from_name("cook")
        client_run = httpx.post(f"{stage.url}/flow_runs/", json={"flow_id": str(flow_id)}).json()["id"]
        task_run = {"flow_run_id": client_run, "task_key": "stir", "dynamic_key": "0", "state": {"type": "PENDING"}}
        httpx.post(f"{stage.url}/task_runs/", json=task_run).raise_for_status()
        moved = {"state": {"type": "RUNNING"}}
        httpx.post(f"{stage.url}/flow_runs/{client_run}/set_state", json=moved).raise_for_status()
        events = told(listener, 2)
    assert [event["event"] for event in events] == FLOW_STATES[:2]


def test_a_lease_that_ran_out_closes_the_socket_so_that_nothing_is_missed_unnoticed(stage: Stage) -> None:
    with ear(stage.url, "/events/out") as listener:
        with stage.beside.write() as tx:
            tx.execute("DELETE FROM listeners")
        with ear(stage.url, "/logs/out"), pytest.raises(ConnectionClosed) as closed:
            listener.socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


def test_of_a_long_past_the_last_events_come(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_out, "MOST_OF_PAST", 4)
    for _ in range(3):
        stage.run_once()
    with ear(stage.url, "/events/out") as listener:
        assert [event["event"] for event in told(listener, 4)] == [*TASK_STATES, FLOW_STATES[2]]


def test_a_client_that_lags_too_far_behind_is_sent_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with ear(stage.url, "/events/out") as listener:
        stage.run_once()
        told(listener, 6)
        monkeypatch.setattr(events_out, "KEPT_SECONDS", -1)
        stage.run_once()
        with pytest.raises(ConnectionClosed) as closed:
            listener.socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013
