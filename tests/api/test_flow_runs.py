"""Flow runs and their states, through every door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from headrace.client.orchestration import SyncHeadraceClient
from headrace.client.schemas.actions import FlowRunCreate
from headrace.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterName,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    Operator,
)
from headrace.client.schemas.objects import FlowRun, State, StateType
from headrace.client.schemas.responses import (
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
    StateWaitDetails,
)
from headrace.client.schemas.sorting import FlowRunSort
from headrace.exceptions import APIStatusError, ObjectNotFound
from headrace.states import Pending, Running, Scheduled
from tests.api.named import Named

LOAD = Named("load", version="3")
# A Completed whose result lies somewhere: it is not run again.
STORED: State[Any] = State(type=StateType.COMPLETED, data={"stored": "elsewhere"})


def test_a_run_is_made_of_a_flow_that_was_not_known(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(
        LOAD,
        name="tuesday",
        parameters={"path": "/data", "depth": 3, "at": datetime(2026, 1, 2, tzinfo=UTC)},
        context={"who": "me"},
        tags=["red", "blue"],
        parent_task_run_id=(parent := uuid4()),
    )
    assert isinstance(run, FlowRun)
    read = client.read_flow_run(run.id)
    # How late the run is grows while it waits.
    assert run == read.model_copy(update={"estimated_start_time_delta": run.estimated_start_time_delta})
    assert run.flow_id == client.read_flow_by_name("load").id
    assert (run.name, run.flow_version, run.context, run.tags) == ("tuesday", "3", {"who": "me"}, ["red", "blue"])
    assert run.parameters == {"path": "/data", "depth": 3, "at": "2026-01-02T00:00:00Z"}
    assert run.parent_task_run_id == parent
    assert run.labels == {"prefect.flow.id": str(run.flow_id)}
    assert run.state is not None
    assert (run.state_type, run.state_name, run.state_id) == (StateType.PENDING, "Pending", run.state.id)
    assert (run.run_count, run.start_time, run.end_time, run.total_run_time) == (0, None, None, timedelta())


def test_a_run_without_a_name_has_one(client: SyncHeadraceClient) -> None:
    names = {client.create_flow_run(LOAD).name for _ in range(3)}
    assert all("-" in name for name in names)


def test_a_value_that_is_no_json_is_refused_before_it_is_sent(client: SyncHeadraceClient) -> None:
    with pytest.raises(TypeError, match="create_flow_run is no JSON"):
        client.create_flow_run(LOAD, parameters={"it": object()})


def test_a_run_lives_from_pending_to_completed(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(LOAD, state=Pending())
    running = client.set_flow_run_state(run.id, Running())
    assert (running.status, running.details) == (SetStateStatus.ACCEPT, StateAcceptDetails())
    completed = client.set_flow_run_state(run.id, State(type=StateType.COMPLETED, message="all done", data={"rows": 3}))
    assert completed.state is not None
    assert (completed.state.message, completed.state.data) == ("all done", {"rows": 3})

    ended = client.read_flow_run(run.id)
    assert ended.state is not None
    assert ended.state == completed.state
    assert ended.state.is_completed()
    assert ended.state.is_final()
    assert ended.state.state_details.flow_run_id == run.id
    assert ended.run_count == 1
    assert ended.start_time is not None
    assert ended.end_time is not None
    assert ended.total_run_time == ended.estimated_run_time == ended.end_time - ended.start_time
    states = client.read_flow_run_states(run.id)
    assert [state.name for state in states] == ["Pending", "Running", "Completed"]
    assert [client.read_flow_run_state(state.id) for state in states] == states


def test_every_answer_to_a_proposal_has_its_details(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(LOAD, state=Pending())
    aborted = client.set_flow_run_state(run.id, Pending())
    assert aborted.status is SetStateStatus.ABORT
    assert isinstance(aborted.details, StateAbortDetails)
    assert aborted.details.reason

    client.set_flow_run_state(run.id, Running())
    client.set_flow_run_state(run.id, STORED)
    rejected = client.set_flow_run_state(run.id, Running())
    assert rejected.status is SetStateStatus.REJECT
    assert isinstance(rejected.details, StateRejectDetails)
    assert rejected.state is not None
    assert rejected.state.name == "Completed"

    late = client.create_flow_run(LOAD, state=Scheduled(scheduled_time=datetime(2099, 1, 1, tzinfo=UTC)))
    assert late.next_scheduled_start_time == datetime(2099, 1, 1, tzinfo=UTC)
    client.set_flow_run_state(late.id, Pending())
    waiting = client.set_flow_run_state(late.id, Running())
    assert waiting.status is SetStateStatus.WAIT
    assert isinstance(waiting.details, StateWaitDetails)
    assert waiting.details.delay_seconds > 3600


def test_a_state_may_be_forced(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(LOAD, state=Pending())
    client.set_flow_run_state(run.id, Running())
    client.set_flow_run_state(run.id, STORED)
    assert client.set_flow_run_state(str(run.id), Running(), force=True).status is SetStateStatus.ACCEPT
    assert client.read_flow_run(run.id).state_name == "Running"


def test_data_that_is_no_json_stays_with_its_process(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(LOAD, state=Pending())
    client.set_flow_run_state(run.id, Running())
    answer = client.set_flow_run_state(run.id, State(type=StateType.COMPLETED, data=object()))
    assert answer.status is SetStateStatus.ACCEPT
    assert answer.state is not None
    assert answer.state.data is None


def test_what_is_not_there_is_not_found(client: SyncHeadraceClient) -> None:
    missing = uuid4()
    for call in (client.read_flow_run, client.delete_flow_run, client.read_flow_run_state):
        with pytest.raises(ObjectNotFound, match=str(missing)):
            call(missing)
    with pytest.raises(ObjectNotFound, match=str(missing)):
        client.set_flow_run_state(missing, Running())
    assert client.read_flow_run_states(missing) == []


def test_a_deleted_run_is_gone_with_its_states(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(LOAD)
    client.delete_flow_run(run.id)
    with pytest.raises(ObjectNotFound):
        client.read_flow_run(run.id)
    assert client.read_flow_run_states(run.id) == []
    with pytest.raises(ObjectNotFound):
        client.delete_flow_run(run.id)


def test_runs_are_filtered_sorted_paged_and_counted(client: SyncHeadraceClient) -> None:
    runs = [client.create_flow_run(LOAD, name=f"run {n}", tags=["even"] if n % 2 == 0 else ["odd"]) for n in range(5)]
    client.create_flow_run(Named("other"), name="run 9")
    client.set_flow_run_state(runs[0].id, Running())

    def names(sort: FlowRunSort = FlowRunSort.NAME_ASC, **asked: Any) -> list[str]:
        found = client.read_flow_runs(flow_run_filter=FlowRunFilter(**asked), sort=sort)
        return [run.name for run in found]

    assert names() == ["run 0", "run 1", "run 2", "run 3", "run 4", "run 9"]
    assert names(FlowRunSort.ID_DESC)[:2] == ["run 9", "run 4"]
    assert names(tags=FlowRunFilterTags(all_=["even"])) == ["run 0", "run 2", "run 4"]
    assert names(name=FlowRunFilterName(any_=["run 1", "run 3"])) == ["run 1", "run 3"]
    assert names(id=FlowRunFilterId(not_any_=[run.id for run in runs])) == ["run 9"]
    running = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))
    assert names(state=running) == ["run 0"]
    pending = FlowRunFilterState(name=FlowRunFilterStateName(any_=["Pending"]))
    assert len(names(state=pending)) == 5
    either = {"operator": Operator.or_, "state": running, "tags": FlowRunFilterTags(all_=["odd"])}
    assert names(**either) == ["run 0", "run 1", "run 3"]

    mine = FlowFilter(name=FlowFilterName(any_=["load"]))
    page = client.read_flow_runs(flow_filter=mine, sort=FlowRunSort.NAME_DESC, limit=2, offset=1)
    assert [run.name for run in page] == ["run 3", "run 2"]
    assert client.count_flow_runs(flow_filter=mine) == 5
    assert client.count_flow_runs() == 6


def test_no_run_belongs_to_a_deployment_yet(client: SyncHeadraceClient) -> None:
    client.create_flow_run(LOAD)
    nightly = DeploymentFilter(name=DeploymentFilterName(any_=["nightly"]))
    assert client.read_flow_runs(deployment_filter=nightly) == []
    assert client.count_flow_runs(deployment_filter=nightly) == 0


def test_bounds_of_a_page_are_told(client: SyncHeadraceClient) -> None:
    with pytest.raises(APIStatusError, match="less than or equal to 200"):
        client.read_flow_runs(limit=201)
    with pytest.raises(APIStatusError, match="greater than or equal to 0"):
        client.read_flow_runs(limit=-1)


def test_a_name_in_another_case_of_hexadecimals_is_the_same_id(client: SyncHeadraceClient) -> None:
    run = client.create_flow_run(LOAD)
    assert client.read_flow_run(UUID(str(run.id).upper())).id == run.id


def test_a_request_keeps_what_it_was_not_given() -> None:
    wanted = FlowRunCreate(flow_id=uuid4())
    assert (wanted.parameters, wanted.tags, wanted.state, wanted.idempotency_key) == ({}, [], None, None)
