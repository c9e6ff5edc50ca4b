"""Task runs, their states and logs, as journals report them, through every door."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from headrace._kernel.ids import new_id
from headrace.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
    LogFilterLevel,
    LogFilterTextSearch,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from headrace.client.schemas.objects import StateType, TaskRunResult
from headrace.client.schemas.sorting import LogSort, TaskRunSort
from headrace.exceptions import ObjectNotFound
from tests.api.conftest import ControlPlane
from tests.support.journals import Teller, begun, concluded, created, line, task_moved

SECOND = 1_000_000


def reported(control_plane: ControlPlane) -> tuple[bytes, bytes, bytes]:
    """A flow run that called two tasks, the second on the result of the first, which failed."""
    flow_run, first, second = new_id(), new_id(), new_id()
    teller = Teller()
    control_plane.sink.ingest(
        teller.batch(
            begun(flow_run, 1 * SECOND, flow_name="load"),
            created(first, flow_run, 2 * SECOND, name="read-0", tags=("io",)),
            task_moved(first, "RUNNING", 3 * SECOND, 1),
            task_moved(first, "COMPLETED", 5 * SECOND, 2),
            created(second, flow_run, 5 * SECOND, name="write-0", inputs=(("rows", (first,)),)),
            task_moved(second, "RUNNING", 6 * SECOND, 1),
            task_moved(second, "FAILED", 7 * SECOND, 2, message="disk full"),
            concluded(flow_run, "FAILED", 8 * SECOND),
            logs=(
                line(flow_run, "reading 3 files", 2 * SECOND, first),
                line(flow_run, "the disk is full", 7 * SECOND, second),
                line(flow_run, "done", 8 * SECOND),
            ),
        )
    )
    return flow_run, first, second


def test_a_task_run_is_read_with_its_state_and_inputs(control_plane: ControlPlane) -> None:
    flow_run, first, second = reported(control_plane)
    run = control_plane.client.read_task_run(UUID(bytes=second))
    assert (run.name, run.flow_run_id, run.task_key) == ("write-0", UUID(bytes=flow_run), "task-key")
    assert run.task_inputs == {"rows": [TaskRunResult(id=UUID(bytes=first))]}
    assert run.state is not None
    assert run.state.is_failed()
    assert (run.state.message, run.state_type, run.state_id) == ("disk full", StateType.FAILED, run.state.id)
    assert run.state.state_details.task_run_id == run.id
    assert run.state.state_details.flow_run_id == run.flow_run_id
    assert (run.run_count, run.total_run_time) == (1, timedelta(seconds=1))
    assert run.created is not None
    assert run.created.year == 1970


def test_task_runs_are_filtered_sorted_and_counted(control_plane: ControlPlane) -> None:
    flow_run, _, _ = reported(control_plane)
    reported(control_plane)
    client = control_plane.client
    of_one = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[UUID(bytes=flow_run)]))
    assert [run.name for run in client.read_task_runs(task_run_filter=of_one)] == ["write-0", "read-0"]
    failed = TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.FAILED])))
    assert [run.name for run in client.read_task_runs(task_run_filter=failed)] == ["write-0", "write-0"]
    by_run = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(bytes=flow_run)]))
    names = [run.name for run in client.read_task_runs(flow_run_filter=by_run, sort=TaskRunSort.NAME_ASC)]
    assert names == ["read-0", "write-0"]
    assert [run.name for run in client.read_task_runs(sort=TaskRunSort.DURATION_DESC, limit=2)] == ["read-0"] * 2
    assert client.count_task_runs() == 4
    assert client.count_task_runs(task_run_filter=failed) == 2


def test_the_states_of_a_task_run_are_its_whole_history(control_plane: ControlPlane) -> None:
    _, first, _ = reported(control_plane)
    states = control_plane.client.read_task_run_states(UUID(bytes=first))
    assert [state.name for state in states] == ["Pending", "Running", "Completed"]
    assert len({state.id for state in states}) == 3
    assert control_plane.client.read_task_run_states(uuid4()) == []


def test_a_task_run_that_is_not_there_is_not_found(control_plane: ControlPlane) -> None:
    missing = uuid4()
    with pytest.raises(ObjectNotFound, match=str(missing)):
        control_plane.client.read_task_run(missing)


def test_logs_are_filtered_sorted_and_searched(control_plane: ControlPlane) -> None:
    flow_run, first, _ = reported(control_plane)
    client = control_plane.client
    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[UUID(bytes=flow_run)]))
    lines = client.read_logs(of_run)
    assert [read.message for read in lines] == ["reading 3 files", "the disk is full", "done"]
    assert (lines[0].name, lines[0].level, lines[0].task_run_id) == ("headrace.flow_runs", 20, UUID(bytes=first))
    assert lines[0].timestamp.timestamp() == 2
    assert len({read.id for read in lines}) == 3
    backwards = client.read_logs(of_run, limit=2, offset=1, sort=LogSort.TIMESTAMP_DESC)
    assert [read.message for read in backwards] == ["the disk is full", "reading 3 files"]
    searched = client.read_logs(LogFilter(text=LogFilterTextSearch(query="disk -reading")))
    assert [read.message for read in searched] == ["the disk is full"]
    assert client.read_logs(LogFilter(level=LogFilterLevel(ge_=30))) == []


def test_a_flow_run_of_a_script_is_read_as_any_other(control_plane: ControlPlane) -> None:
    flow_run, _, _ = reported(control_plane)
    run = control_plane.client.read_flow_run(UUID(bytes=flow_run))
    assert run.state is not None
    assert run.state.is_failed()
    assert run.estimated_run_time == run.total_run_time
    assert run.flow_id == control_plane.client.read_flow_by_name("load").id


def test_task_runs_are_paged_and_counted_over_time(control_plane: ControlPlane) -> None:
    reported(control_plane)
    ask = control_plane.ask
    page = ask("paginate_task_runs", {"limit": 1, "page": 2, "sort": "NAME_ASC"}).body
    assert [run["name"] for run in page.pop("results")] == ["write-0"]
    assert page == {"count": 2, "limit": 1, "pages": 2, "page": 2}
    history = ask(
        "task_run_history",
        {"history_start": "1970-01-01T00:00:00Z", "history_end": "1970-01-01T00:00:08Z", "history_interval_seconds": 4},
    ).body
    counted = [[(state["state_name"], state["count_runs"]) for state in interval["states"]] for interval in history]
    assert counted == [[("Completed", 1)], [("Failed", 1)]]
    assert [interval["states"][0]["sum_estimated_run_time"] for interval in history] == [2, 1]
    assert [interval["states"][0]["sum_estimated_lateness"] for interval in history] == [1, 1]


def test_a_state_of_a_task_run_is_read_by_its_id(control_plane: ControlPlane) -> None:
    _, first, second = reported(control_plane)
    for run in (first, second):
        states = control_plane.client.read_task_run_states(UUID(bytes=run))
        for state in states:
            found = control_plane.ask("read_task_run_state", id=state.id)
            assert (found.body["id"], found.body["name"]) == (str(state.id), state.name)
            assert found.body["state_details"]["task_run_id"] == str(UUID(bytes=run))
    assert control_plane.ask("read_task_run_state", id=uuid4()).status == 404


def test_a_task_run_is_renamed_and_deleted(control_plane: ControlPlane) -> None:
    flow_run, first, _ = reported(control_plane)
    ask = control_plane.ask
    assert ask("update_task_run", {"name": "renamed"}, id=UUID(bytes=first)).status == 204
    assert ask("read_task_run", id=UUID(bytes=first)).body["name"] == "renamed"
    for body in ({}, {"name": None}, {"name": ""}):
        assert ask("update_task_run", body, id=UUID(bytes=first)).status == 204
    assert ask("read_task_run", id=UUID(bytes=first)).body["name"] not in ("", "renamed")
    assert ask("update_task_run", {"name": "x"}, id=uuid4()).status == 404
    assert ask("delete_task_run", id=UUID(bytes=first)).status == 204
    assert ask("delete_task_run", id=UUID(bytes=first)).status == 404
    lines = ask("read_logs", {"logs": {"flow_run_id": {"any_": [str(UUID(bytes=flow_run))]}}}).body
    assert [one["message"] for one in lines] == ["the disk is full", "done"]
