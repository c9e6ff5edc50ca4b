"""What pages ask: small answers about many runs, through every door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.asking import Ask


@pytest.fixture
def flow_run(ask: Ask) -> dict[str, Any]:
    flow = ask("create_flow", {"name": "shown"}).body
    return ask("create_flow_run", {"flow_id": flow["id"], "name": "now", "state": {"type": "RUNNING"}}).body


def task(ask: Ask, flow_run: dict[str, Any], key: str, kind: str) -> str:
    body = {"flow_run_id": flow_run["id"], "task_key": "t", "dynamic_key": key, "state": {"type": kind}}
    return ask("create_task_run", body).body["id"]


def test_task_runs_are_counted_by_state_and_by_flow_run(ask: Ask, flow_run: dict[str, Any]) -> None:
    for key, kind in (("0", "COMPLETED"), ("1", "COMPLETED"), ("2", "FAILED")):
        task(ask, flow_run, key, kind)
    stand_in = task(ask, flow_run, "3", "PENDING")
    child = {"flow_id": flow_run["flow_id"], "parent_task_run_id": stand_in, "state": {"type": "PENDING"}}
    ask("create_flow_run", child)
    counts = ask("read_task_run_counts_by_state").body
    assert {kind: count for kind, count in counts.items() if count} == {"COMPLETED": 2, "FAILED": 1, "PENDING": 1}
    asked = {"task_runs": {"state": {"type": {"any_": ["FAILED"]}}}}
    assert ask("read_task_run_counts_by_state", asked).body["FAILED"] == 1
    nobody = str(uuid4())
    by_run = ask("count_task_runs_by_flow_run", {"flow_run_ids": [flow_run["id"], nobody]}).body
    assert by_run == {flow_run["id"]: 3, nobody: 0}
    assert ask("count_task_runs_by_flow_run", {"flow_run_ids": [nobody] * 1_001}).status == 422


def test_task_runs_are_counted_by_when_they_started(ask: Ask, flow_run: dict[str, Any]) -> None:
    for key, kind in enumerate(("COMPLETED", "FAILED", "CRASHED", "CANCELLED")):
        run_id = task(ask, flow_run, str(key), "RUNNING")
        ask("set_task_run_state", {"state": {"type": kind}, "force": True}, id=run_id)
    hour = datetime.now(UTC) - timedelta(hours=1)

    def counts(**bounds: datetime) -> list[tuple[int, int]]:
        started = {name: at.isoformat() for name, at in bounds.items()}
        found = ask("read_dashboard_task_run_counts", {"task_runs": {"start_time": started}}).body
        return [(each["completed"], each["failed"]) for each in found]

    assert counts(after_=hour) == [(0, 0)] * 19 + [(1, 2)]
    assert counts(after_=hour, before_=hour + timedelta(minutes=10)) == [(0, 0)] * 20
    assert counts(after_=hour, before_=hour - timedelta(minutes=10)) == [(0, 0)] * 20
    around = counts(after_=hour, before_=datetime.now(UTC) + timedelta(hours=1))
    assert [number for number, count in enumerate(around) if count == (1, 2)] in ([9], [10])
    assert ask("read_dashboard_task_run_counts", {"task_runs": {}}).body == {
        "detail": "task_runs.start_time.after_ is required"
    }
    assert ask("read_dashboard_task_run_counts", {}).status == 422


def test_a_task_run_is_shown_with_its_flow_run(ask: Ask, flow_run: dict[str, Any]) -> None:
    shown = ask("read_task_run_with_flow_run_name", id=task(ask, flow_run, "0", "PENDING")).body
    assert (shown["flow_run_name"], shown["flow_run_id"]) == ("now", flow_run["id"])
    assert ask("read_task_run_with_flow_run_name", id=uuid4()).status == 404


def test_flow_runs_are_points_of_a_chart(ask: Ask, flow_run: dict[str, Any]) -> None:
    (point,) = ask("read_flow_run_points").body
    assert (point["id"], point["state_type"], point["timestamp"]) == (
        flow_run["id"],
        "RUNNING",
        flow_run["start_time"],
    )
    assert point["duration"] >= 0
    assert ask("read_flow_run_points", {"flow_runs": {"name": {"any_": ["none"]}}}).body == []
    for wrong in ({"limit": 1_001}, {"limit": -1}, {"offset": -1}):
        assert ask("read_flow_run_points", wrong).status == 422


def test_a_flow_tells_which_run_is_next(ask: Ask, flow_run: dict[str, Any]) -> None:
    flow_id, other = flow_run["flow_id"], ask("create_flow", {"name": "other"}).body["id"]
    for name, at in (("later", "2090-01-02T00:00:00Z"), ("next", "2090-01-01T00:00:00Z")):
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at}}
        ask("create_flow_run", {"flow_id": flow_id, "name": name, "state": state})
    found = ask("next_runs_by_flow", {"flow_ids": [flow_id, other]}).body
    assert (found[flow_id]["name"], found[flow_id]["next_scheduled_start_time"]) == ("next", "2090-01-01T00:00:00Z")
    assert found[other] is None
    assert ask("count_deployments_by_flow", {"flow_ids": [flow_id]}).body == {flow_id: 0}


def test_a_log_is_downloaded(ask: Ask, flow_run: dict[str, Any]) -> None:
    line = {"name": "n", "level": 20, "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": flow_run["id"]}
    ask("create_logs", [{**line, "message": 'a "b", c'}, {**line, "message": "two\nlines", "level": 40}])
    rows = ask("download_logs", id=flow_run["id"]).body
    assert rows.replace("\r\n", "\n") == (
        "timestamp,level,flow_run_id,task_run_id,message\n"
        f'2026-01-01 00:00:00+00:00,20,{flow_run["id"]},,"a ""b"", c"\n'
        f'2026-01-01 00:00:00+00:00,40,{flow_run["id"]},,"two\nlines"\n'
    )
    assert ask("download_logs", id=uuid4()).status == 404
