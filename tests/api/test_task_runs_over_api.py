"""Task runs that clients of the API make and move, and the subflows that some stand for, through every door."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.asking import Answered, Ask


@pytest.fixture
def flow_run(ask: Ask) -> dict[str, Any]:
    """A flow run that is Running."""
    flow = ask("create_flow", {"name": "calls"}).body
    return ask("create_flow_run", {"flow_id": flow["id"], "state": {"type": "RUNNING"}}).body


def made(ask: Ask, flow_run: dict[str, Any] | None, key: str = "0", **fields: Any) -> dict[str, Any]:
    of = {} if flow_run is None else {"flow_run_id": flow_run["id"]}
    answer = ask("create_task_run", {"task_key": "load", "dynamic_key": key, **of, **fields})
    assert answer.status in (200, 201)
    return answer.body


def move(ask: Ask, run: dict[str, Any], kind: str, *, force: bool = False, **state: Any) -> Answered:
    return ask("set_task_run_state", {"state": {"type": kind, **state}, "force": force}, id=run["id"])


def names(ask: Ask, run: dict[str, Any]) -> list[str]:
    return [state["name"] for state in ask("read_task_run_states", query={"task_run_id": run["id"]}).body]


def test_a_task_run_is_made_with_all_that_is_told(ask: Ask, flow_run: dict[str, Any]) -> None:
    upstream = made(ask, flow_run, "up")
    given: dict[str, Any] = {
        "id": str(uuid4()),
        "name": "load-0",
        "tags": ["io"],
        "task_version": "1",
        "cache_key": "ck",
        "cache_expiration": "2030-01-01T00:00:00Z",
        "task_inputs": {
            "rows": [{"input_type": "task_run", "id": upstream["id"]}, {"input_type": "constant", "type": "int"}],
            "limit": [{"input_type": "parameter", "name": "n"}],
            "none": [],
        },
    }
    run = made(ask, flow_run, labels={"team": "x"}, empirical_policy={"retries": 2, "retry_delay": [1, 2]}, **given)
    assert {field: run[field] for field in given} == given
    assert run["labels"] == {
        "prefect.flow.id": flow_run["flow_id"],
        "prefect.flow-run.id": flow_run["id"],
        "team": "x",
    }
    assert (run["empirical_policy"]["retries"], run["empirical_policy"]["retry_delay"]) == (2, [1, 2])
    assert (run["state_name"], run["flow_run_run_count"]) == ("Pending", 1)
    for read in (ask("read_task_run", id=run["id"]).body, ask("read_task_runs", {"sort": "NAME_ASC"}).body):
        found = read if isinstance(read, dict) else next(one for one in read if one["id"] == run["id"])
        assert {**found, "estimated_start_time_delta": 0} == {**run, "estimated_start_time_delta": 0}


def test_a_task_run_that_is_scheduled_knows_its_time(ask: Ask, flow_run: dict[str, Any]) -> None:
    ask("update_flow_run_labels", {"of-run": 1}, id=flow_run["id"])
    at = "2090-01-01T00:00:00Z"
    run = made(ask, flow_run, state={"type": "SCHEDULED", "state_details": {"scheduled_time": at}})
    assert (run["expected_start_time"], run["next_scheduled_start_time"]) == (at, at)
    assert run["labels"]["of-run"] == 1
    assert move(ask, run, "RUNNING").body["status"] == "WAIT"
    move(ask, run, "PENDING")
    assert move(ask, run, "RUNNING").body["status"] == "WAIT"


def test_a_task_run_is_made_once(ask: Ask, flow_run: dict[str, Any]) -> None:
    run = made(ask, flow_run, name="first")
    again = ask("create_task_run", {"task_key": "load", "dynamic_key": "0", "flow_run_id": flow_run["id"], "name": "b"})
    assert (again.status, again.body["id"], again.body["name"]) == (200, run["id"], "first")
    loose = {"task_key": "load", "dynamic_key": "1", "id": str(uuid4())}
    assert [ask("create_task_run", loose).status for _ in range(2)] == [201, 200]
    assert ask("create_task_run", {**loose, "task_key": "other"}).status == 409
    assert ask("create_task_run", {**loose, "id": None, "flow_run_id": str(uuid4())}).status == 409
    assert ask("create_task_run", {"task_key": "load"}).status == 422


def test_a_task_run_fails_when_its_retries_are_over(ask: Ask, flow_run: dict[str, Any]) -> None:
    run = made(ask, flow_run, empirical_policy={"retries": 1, "retry_delay": 100})
    assert move(ask, run, "RUNNING").body["status"] == "ACCEPT"
    rejected = move(ask, run, "FAILED", message="oh").body
    assert (rejected["status"], rejected["state"]["name"], rejected["state"]["message"]) == (
        "REJECT",
        "AwaitingRetry",
        "oh",
    )
    waits = move(ask, run, "RUNNING")
    assert (waits.status, waits.body["status"]) == (200, "WAIT")
    assert 95 < waits.body["details"]["delay_seconds"] <= 101
    assert move(ask, run, "RUNNING", force=True).body["status"] == "ACCEPT"
    assert move(ask, run, "FAILED").body["status"] == "ACCEPT"
    assert names(ask, run) == ["Pending", "Running", "AwaitingRetry", "Running", "Failed"]
    read = ask("read_task_run", id=run["id"]).body
    assert (read["run_count"], read["state_type"]) == (2, "FAILED")


def test_a_result_is_not_lost(ask: Ask, flow_run: dict[str, Any]) -> None:
    run = made(ask, flow_run)
    assert move(ask, run, "COMPLETED", data={"at": "elsewhere"}).body["status"] == "ACCEPT"
    for kind in ("RUNNING", "PENDING", "COMPLETED"):
        rejected = move(ask, run, kind)
        assert (rejected.status, rejected.body["status"], rejected.body["state"]["data"]) == (
            200,
            "REJECT",
            {"at": "elsewhere"},
        )
    without = made(ask, flow_run, "1")
    move(ask, without, "COMPLETED")
    assert move(ask, without, "RUNNING").body["state"]["name"] == "Retrying"


def test_tasks_start_while_their_flow_run_is_running(ask: Ask, flow_run: dict[str, Any]) -> None:
    run = made(ask, flow_run)
    ask("set_flow_run_state", {"state": {"type": "FAILED"}}, id=flow_run["id"])
    aborted = move(ask, run, "RUNNING").body
    assert (aborted["status"], aborted["state"]["name"]) == ("ABORT", "Pending")
    assert move(ask, run, "COMPLETED").body["status"] == "ACCEPT"
    assert ask("set_task_run_state", {"state": {"type": "COMPLETED"}}, id=uuid4()).status == 404


def test_a_task_run_goes_where_the_subflow_goes_that_it_stands_for(ask: Ask, flow_run: dict[str, Any]) -> None:
    run = made(ask, flow_run, "sub")
    child = ask(
        "create_flow_run",
        {"flow_id": flow_run["flow_id"], "state": {"type": "PENDING"}, "parent_task_run_id": run["id"]},
    ).body
    ask("set_flow_run_state", {"state": {"type": "RUNNING"}}, id=child["id"])
    ask("set_flow_run_state", {"state": {"type": "COMPLETED", "data": {"x": 1}}}, id=child["id"])
    assert names(ask, run) == ["Pending", "Pending", "Running", "Completed"]
    state = ask("read_task_run", id=run["id"]).body["state"]
    assert (state["data"], state["state_details"]["child_flow_run_id"]) == ({"x": 1}, child["id"])
    assert state["state_details"]["flow_run_id"] == flow_run["id"]


def test_lines_are_written_into_logs(ask: Ask, flow_run: dict[str, Any]) -> None:
    def line(message: str, **fields: Any) -> dict[str, Any]:
        return {"name": "n", "level": 20, "message": message, "timestamp": "2026-01-01T00:00:00Z", **fields}

    of_run = {"flow_run_id": flow_run["id"]}
    answer = ask("create_logs", [line("a", **of_run), line("b\0c", **of_run), line("nowhere")])
    assert answer.status == 201
    assert ask("create_logs", []).status == 201
    asked = {"logs": {"flow_run_id": {"any_": [flow_run["id"]]}}}
    assert [one["message"] for one in ask("read_logs", asked).body] == ["a", "bc"]
    refused = ask("create_logs", [line("x"), {"name": "n"}])
    assert (refused.status, refused.body["exception_detail"][0]["loc"]) == (422, ["body", 1, "level"])
    for wrong in ({"logs": []}, None):
        assert ask("create_logs", wrong).status == 422
    ask("delete_flow_run", id=flow_run["id"])
    assert ask("create_logs", [line("late", **of_run)]).status == 201
    assert ask("read_logs", asked).body == []


def test_a_graph_shows_tasks_and_subflows_with_their_edges(ask: Ask, flow_run: dict[str, Any]) -> None:
    def given(run: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"input_type": "task_run", "id": run["id"]}]

    first = made(ask, flow_run, "1", name="first")
    subflow = made(ask, flow_run, "2", name="sub")
    last = made(
        ask, flow_run, "3", name="last", task_inputs={"a": given(first), "b": given(first), "c": given(subflow)}
    )
    inner = made(ask, flow_run, "4", name="inner", task_inputs={"__parents__": given(last)})
    child = ask(
        "create_flow_run", {"flow_id": flow_run["flow_id"], "name": "kid", "parent_task_run_id": subflow["id"]}
    ).body
    move(ask, first, "COMPLETED")
    graph = ask("read_flow_run_graph_v2", id=flow_run["id"]).body
    nodes = dict(graph["nodes"])
    assert (graph["start_time"], graph["end_time"], graph["artifacts"]) == (flow_run["start_time"], None, [])
    assert [state["name"] for state in graph["states"]] == ["Running"]
    assert set(graph["root_node_ids"]) == {first["id"], child["id"]}
    assert {node["label"]: node["kind"] for node in nodes.values()} == {
        "first": "task-run",
        "calls / kid": "flow-run",
        "last": "task-run",
        "inner": "task-run",
    }
    assert {edge["id"] for edge in nodes[last["id"]]["parents"]} == {first["id"], child["id"]}
    assert nodes[first["id"]]["children"] == nodes[child["id"]]["children"] == [{"id": last["id"]}]
    assert nodes[inner["id"]]["encapsulating"] == [{"id": last["id"]}]
    assert nodes[first["id"]]["end_time"] is not None
    later = ask("read_flow_run_graph_v2", id=flow_run["id"], query={"since": "2090-01-01T00:00:00Z"}).body
    assert first["id"] not in dict(later["nodes"])
    assert ask("read_flow_run_graph_v2", id=flow_run["id"], query={"since": "x"}).status == 422
    dependencies = {one["name"]: one for one in ask("read_flow_run_graph_v1", id=flow_run["id"]).body}
    assert {one["id"] for one in dependencies["last"]["upstream_dependencies"]} == {first["id"], subflow["id"]}
    assert dependencies["first"]["untrackable_result"] is False
    for route in ("read_flow_run_graph_v1", "read_flow_run_graph_v2"):
        assert ask(route, id=uuid4()).status == 404
