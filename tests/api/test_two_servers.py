"""Two servers on one database: who listens to one hears what comes in through the other, and both answer alike."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from headrace._kernel import clock
from headrace._kernel.ids import id_text, new_id
from headrace.client._http_sink import HttpSink
from headrace.server.store.opening import open_store
from tests.support.journals import Teller, begun, concluded, created, line, task_moved
from tests.support.listening import ear
from tests.support.postgres import postgres_schema
from tests.support.served import served


@pytest.fixture
def servers() -> Iterator[tuple[str, str]]:
    """The APIs of both."""
    with ExitStack() as stack:
        database_url = stack.enter_context(postgres_schema())
        stores = [open_store(database_url) for _ in range(2)]
        for store in stores:
            stack.callback(store.close)
        one, other = [stack.enter_context(served(store)) for store in stores]
        yield one, other


def test_who_listens_to_one_server_hears_what_the_other_takes(servers: tuple[str, str]) -> None:
    one, other = servers
    sink, teller, run, task, at = HttpSink(other), Teller(), new_id(), new_id(), clock.now()
    with ear(one, "/logs/out") as lines, ear(one, "/events/out") as events:
        sink.ingest(teller.batch(begun(run, at), created(task, run, at + 2), logs=[line(run, "Hello", at)]))
        sink.ingest(teller.batch(task_moved(task, "COMPLETED", at + 3, 1), concluded(run, at=at + 4)))
        sink.close()
        assert [frame["log"]["message"] for frame in lines.hear(1)] == ["Hello"]
        names = [frame["event"]["event"].removeprefix("prefect.") for frame in events.hear(5)]
    assert names == [
        "flow-run.Pending",
        "flow-run.Running",
        "task-run.Pending",
        "task-run.Completed",
        "flow-run.Completed",
    ]


def test_both_servers_answer_alike(servers: tuple[str, str]) -> None:
    one, other = servers
    flow_id = httpx.post(f"{one}/flows/", json={"name": "cook"}).json()["id"]
    made = httpx.post(f"{other}/flow_runs/", json={"flow_id": flow_id, "state": {"type": "PENDING"}}).json()
    moved = httpx.post(f"{one}/flow_runs/{made['id']}/set_state", json={"state": {"type": "RUNNING"}})
    assert moved.json()["status"] == "ACCEPT"
    event = {
        "id": id_text(new_id()),
        "event": "kettle.boiled",
        "occurred": made["created"],
        "resource": {"prefect.resource.id": "kitchen.kettle"},
    }
    httpx.post(f"{other}/events", json=[event]).raise_for_status()
    for path, body in (
        ("flow_runs/filter", {}),
        ("flows/filter", {}),
        ("flow_run_states/", None),
        ("events/filter", {}),
    ):
        answers = [
            httpx.get(f"{url}/{path}", params={"flow_run_id": made["id"]})
            if body is None
            else httpx.post(f"{url}/{path}", json=body)
            for url in servers
        ]
        first, second = [_timeless(answer.json()) for answer in answers]
        assert first == second
        assert first


def _timeless(answer: object) -> object:
    """An answer without the durations of what goes on."""
    passing = {"estimated_run_time", "estimated_start_time_delta", "total_run_time"}
    if isinstance(answer, dict):
        return {name: _timeless(value) for name, value in answer.items() if name not in passing}
    return [_timeless(one) for one in answer] if isinstance(answer, list) else answer
