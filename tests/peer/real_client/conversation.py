"""What the peer's own client says to the server of PREFECT_API_URL, and what it makes of the answers; told as JSON."""

import asyncio
import json
import sys
from uuid import uuid4

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    LogFilter,
    LogFilterFlowRunId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Pending, Running, Scheduled


@flow(name="from the peer", version="7")
def remote(number: int) -> int:
    return number


def life_of_a_run() -> dict:
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(
            remote, name="first", parameters={"number": 3}, tags=["red", "blue"], state=Pending()
        )
        again = client.create_flow(remote)
        known = client.read_flow_by_name("from the peer")
        statuses = []
        for state in (Running(), Completed(message="well done"), Running(), Running()):
            answer = client.set_flow_run_state(run.id, state, force=len(statuses) == 3)
            statuses.append([answer.status.value, answer.state and answer.state.name, type(answer.details).__name__])
        done = client.set_flow_run_state(run.id, Completed())
        read = client.read_flow_run(run.id)
        states = [state.name for state in client.read_flow_run_states(run.id)]
        return {
            "flow": known.id == again == run.flow_id == read.flow_id,
            "statuses": [*statuses, [done.status.value, done.state and done.state.name, type(done.details).__name__]],
            "states": states,
            "run": {
                "name": read.name,
                "parameters": read.parameters,
                "tags": sorted(read.tags),
                "version": read.flow_version,
                "state": [read.state_type.value, read.state_name, read.state.is_completed()],
                "run_count": read.run_count,
                "is_timed": read.start_time <= read.end_time and read.total_run_time.total_seconds() >= 0,
                "is_the_run_of_its_state": read.state.state_details.flow_run_id == read.id
                and read.state_id == read.state.id,
            },
        }


def filters() -> dict:
    with get_client(sync_client=True) as client:
        for number in range(5):
            tags = ["even"] if number % 2 == 0 else ["odd"]
            client.create_flow_run(remote, name=f"run {number}", tags=tags, state=Scheduled())
        mine = FlowFilter(name=FlowFilterName(any_=["from the peer"]))
        scheduled = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
        even = FlowRunFilter(tags=FlowRunFilterTags(all_=["even"]))
        named = client.read_flow_runs(flow_filter=mine, flow_run_filter=scheduled, sort=FlowRunSort.NAME_ASC)
        page = client.read_flow_runs(flow_run_filter=scheduled, sort=FlowRunSort.NAME_DESC, limit=2, offset=1)
        some_id = named[0].id
        return {
            "scheduled": [run.name for run in named],
            "even": sorted(run.name for run in client.read_flow_runs(flow_run_filter=even)),
            "page": [run.name for run in page],
            "count": client.count_flow_runs(flow_filter=mine, flow_run_filter=scheduled),
            "flows": [known.name for known in client.read_flows(flow_filter=mine)],
            "none": client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=["nobody's"]))),
            "task_runs": client.read_task_runs(
                task_run_filter=TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[some_id]))
            ),
            "logs": client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[some_id]))),
        }


def refusals() -> dict:
    raised = {}
    with get_client(sync_client=True) as client:
        for name in ("read_flow", "read_flow_run", "read_task_run", "delete_flow_run"):
            try:
                getattr(client, name)(uuid4())
            except ObjectNotFound as error:
                raised[name] = type(error).__name__
            except Exception as error:  # noqa: BLE001
                raised[name] = f"{type(error).__name__} {getattr(getattr(error, 'response', None), 'status_code', '')}"
        try:
            client.set_flow_run_state(uuid4(), Running())
        except ObjectNotFound as error:
            raised["set_flow_run_state"] = type(error).__name__
        run = client.create_flow_run(remote, state=Pending())
        client.delete_flow_run(run.id)
        try:
            client.read_flow_run(run.id)
        except ObjectNotFound:
            raised["deleted"] = "ObjectNotFound"
    return raised


async def asynchronously() -> dict:
    async with get_client() as client:
        health = await client.api_healthcheck()
        greeting = await client.hello()
        run = await client.create_flow_run(remote, name="async", parameters={"number": 1}, state=Pending())
        answer = await client.set_flow_run_state(run.id, Running())
        found = await client.read_flow_runs(flow_run_filter=FlowRunFilter(id={"any_": [run.id]}))
        return {
            "health": health and repr(health),
            "hello": greeting.status_code,
            "version": bool(await client.api_version()),
            "status": answer.status.value,
            "found": [known.name for known in found],
            "mismatch": await client.raise_for_api_version_mismatch(),
        }


if __name__ == "__main__":
    told = {
        "life": life_of_a_run(),
        "filters": filters(),
        "refusals": refusals(),
        "async": asyncio.run(asynchronously()),
    }
    json.dump(told, sys.stdout)
