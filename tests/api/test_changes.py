"""Changes and deletions of flows and flow runs, one by one and many at once, through every door."""

from typing import Any
from uuid import uuid4

import pytest

from headrace._kernel.ids import id_text, new_id
from tests.api.conftest import ControlPlane
from tests.support.asking import Ask
from tests.support.journals import Teller, begun, concluded, created, line


@pytest.fixture
def flow(ask: Ask) -> dict[str, Any]:
    return ask("create_flow", {"name": "load", "tags": ["red"]}).body


def run_of(ask: Ask, flow: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A flow run that was made over the API."""
    return ask("create_flow_run", {"flow_id": flow["id"], **fields}).body


def names_of(ask: Ask) -> list[str]:
    """The flow runs that are there."""
    return [run["name"] for run in ask("read_flow_runs", {"sort": "NAME_ASC"}).body]


def test_a_flow_changes_its_tags_and_nothing_else(ask: Ask, flow: dict[str, Any]) -> None:
    assert ask("update_flow", {}, id=flow["id"]).status == 204
    assert ask("read_flow", id=flow["id"]).body == flow
    assert ask("update_flow", {"tags": ["a", "b"], "unknown": 1}, id=flow["id"]).status == 204
    changed = ask("read_flow", id=flow["id"]).body
    assert changed["updated"] > flow["updated"]
    assert changed == {**flow, "tags": ["a", "b"], "updated": changed["updated"]}
    refused = ask("update_flow", {"tags": None}, id=flow["id"])
    assert (refused.status, refused.body["exception_detail"][0]["loc"]) == (422, ["body", "tags"])
    for body in ({}, {"tags": []}):
        assert ask("update_flow", body, id=uuid4()).status == 404


def test_a_flow_goes_with_its_runs(ask: Ask, flow: dict[str, Any]) -> None:
    other = ask("create_flow", {"name": "save"}).body
    gone = run_of(ask, flow, name="gone")
    run_of(ask, other, name="stays")
    assert ask("delete_flow", id=flow["id"]).status == 204
    assert ask("read_flow", id=flow["id"]).status == 404
    assert ask("read_flow_run", id=gone["id"]).status == 404
    assert names_of(ask) == ["stays"]
    assert ask("delete_flow", id=flow["id"]).status == 404


def test_a_process_whose_flow_was_deleted_begins_it_anew(control_plane: ControlPlane) -> None:
    teller, first, second = Teller(), new_id(), new_id()
    control_plane.sink.ingest(teller.batch(begun(first, flow_name="load"), created(new_id(), first)))
    flow = control_plane.ask("read_flow_by_name", name="load").body
    assert control_plane.ask("delete_flow", id=flow["id"]).status == 204
    control_plane.sink.ingest(teller.batch(concluded(first), begun(second, flow_name="load"), logs=(line(first),)))
    assert control_plane.ask("read_flow_run", id=id_text(first)).status == 404
    assert control_plane.ask("read_flow_run", id=id_text(second)).body["state_name"] == "Running"
    assert control_plane.ask("count_task_runs").body == 0


def test_many_flows_are_deleted_at_once(ask: Ask, flow: dict[str, Any]) -> None:
    other = ask("create_flow", {"name": "save"}).body
    deleted = ask("bulk_delete_flows", {"flows": {"name": {"any_": ["load", "none"]}}})
    assert (deleted.status, deleted.body) == (200, {"deleted": [flow["id"]]})
    assert ask("bulk_delete_flows", {"limit": 51}).status == 422
    assert ask("bulk_delete_flows").body == {"deleted": [other["id"]]}


def test_a_flow_run_changes_what_is_sent(ask: Ask, flow: dict[str, Any]) -> None:
    run = run_of(ask, flow, name="before", job_variables={"cpu": 1}, parameters={"x": 1})
    assert (run["job_variables"], run["infrastructure_pid"]) == ({"cpu": 1}, None)
    changes: dict[str, Any] = {
        "name": "after",
        "flow_version": "2",
        "parameters": {"y": [1, "\u00fc"]},
        "tags": ["t"],
        "infrastructure_pid": "pod-1",
        "job_variables": {"cpu": 2},
    }
    assert ask("update_flow_run", {**changes, "empirical_policy": {"retries": 3}}, id=run["id"]).status == 204
    changed = ask("read_flow_run", id=run["id"]).body
    assert {field: changed[field] for field in changes} == changes
    assert changed["empirical_policy"]["retries"] == 3
    assert (changed["state_id"], changed["labels"]) == (run["state_id"], run["labels"])
    assert ask("update_flow_run", {"infrastructure_pid": None, "name": None}, id=run["id"]).status == 204
    again = ask("read_flow_run", id=run["id"]).body
    assert (again["infrastructure_pid"], again["tags"]) == (None, ["t"])
    assert again["name"] not in ("", "after")
    for field in ("tags", "parameters"):
        refused = ask("update_flow_run", {field: None}, id=run["id"])
        assert (refused.status, refused.body["exception_detail"][0]["loc"]) == (422, ["body", field])
    assert ask("update_flow_run", {"name": "x"}, id=uuid4()).status == 404


def test_labels_are_added_to_those_that_a_run_has(ask: Ask, flow: dict[str, Any]) -> None:
    run = run_of(ask, flow, labels={"a": 1})
    added = {"a": True, "b": "two", "c": 1.5}
    assert ask("update_flow_run_labels", added, id=run["id"]).status == 204
    assert ask("read_flow_run", id=run["id"]).body["labels"] == {"prefect.flow.id": flow["id"], **added}
    for wrong in ({"b": {"x": 1}}, {"b": None}, [1]):
        assert ask("update_flow_run_labels", wrong, id=run["id"]).status == 422
    assert ask("update_flow_run_labels", {}, id=uuid4()).status == 404


def test_the_process_at_a_run_does_not_undo_what_was_changed(control_plane: ControlPlane) -> None:
    teller, run = Teller(), new_id()
    control_plane.sink.ingest(teller.batch(begun(run, name="given", tags=("by-script",))))
    changes = {"name": "changed", "tags": ["by-hand"], "empirical_policy": {"retries": 2}}
    assert control_plane.ask("update_flow_run", changes, id=id_text(run)).status == 204
    assert control_plane.ask("update_flow_run_labels", {"team": "x"}, id=id_text(run)).status == 204
    control_plane.sink.ingest(teller.batch(concluded(run)))
    read = control_plane.ask("read_flow_run", id=id_text(run)).body
    assert (read["state_name"], read["name"], read["tags"]) == ("Completed", "changed", ["by-hand"])
    assert (read["labels"]["team"], read["empirical_policy"]["retries"]) == ("x", 2)


def test_one_state_is_proposed_for_many_runs(ask: Ask, flow: dict[str, Any]) -> None:
    waiting = [run_of(ask, flow, name=f"w-{number}", state={"type": "SCHEDULED"}) for number in range(3)]
    over = run_of(ask, flow, name="over", state={"type": "CANCELLED"})
    asked = {"flow_runs": {"name": {"like_": "w-"}}, "state": {"type": "CANCELLED", "message": "enough"}, "limit": 2}
    results = ask("bulk_set_flow_run_state", asked).body["results"]
    assert [result["status"] for result in results] == ["ACCEPT", "ACCEPT"]
    assert {result["flow_run_id"] for result in results} < {run["id"] for run in waiting}
    assert {result["state"]["message"] for result in results} == {"enough"}
    aborted = {"flow_runs": {"id": {"any_": [over["id"]]}}, "state": {"type": "RUNNING"}}
    (result,) = ask("bulk_set_flow_run_state", aborted).body["results"]
    assert (result["status"], result["details"]["type"]) == ("ABORT", "abort_details")
    (result,) = ask("bulk_set_flow_run_state", {**aborted, "force": True}).body["results"]
    assert (result["status"], result["state"]["name"]) == ("ACCEPT", "Running")
    assert ask("bulk_set_flow_run_state", {}).status == 422


def test_many_runs_are_deleted_at_once(ask: Ask, flow: dict[str, Any]) -> None:
    for name in ("a-1", "a-2", "b-1"):
        run_of(ask, flow, name=name)
    assert len(ask("bulk_delete_flow_runs", {"flow_runs": {"name": {"like_": "a"}}}).body["deleted"]) == 2
    assert names_of(ask) == ["b-1"]
    assert ask("bulk_delete_flow_runs", {"limit": 0}).status == 422
    assert len(ask("bulk_delete_flow_runs").body["deleted"]) == 1
