"""The peer's server and ours are asked the same over HTTP, and give the same answers.

Each talk is played to both. What must differ is left out of the comparison: ids (by the order in which they appear),
instants, durations, and the prose of refusals. Left out of the talks is where the peer fails (it answers 500), and
where we differ on purpose:

- a run that was Cancelled does not go on, but by force;
- an input that does not fit is rejected, and said to be so: the peer rejects with the details of an abort;
- the graph shows the results that subflows give to tasks, and each edge once.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.server.store.opening import open_store
from tests.peer.sides import PEER_PYTHON, Peer
from tests.support.asking import Answered, Ask, HttpAsk
from tests.support.served import served

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it"),
]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# The attempt that called a task, which the peer leaves to its client; the task run that a state of a subflow is of.
LEFT_OUT = {"flow_run_run_count", "task_run_id"}
DURATIONS = {"total_run_time", "estimated_run_time", "estimated_start_time_delta", "delay_seconds"}
SUMS = {"sum_estimated_run_time", "sum_estimated_lateness"}
PROSE = {"detail", "reason", "msg", "exception_message", "ctx", "input", "request_body"}
BUSY_TRIES = 40
HISTORY = {
    "history_start": "2026-01-05T06:00:00Z",
    "history_end": "2026-01-05T07:30:00Z",
    "history_interval_seconds": 3600,
}
NOBODY = "00000000-0000-4000-8000-000000000000"


class Side:
    """One of the two, with what it answered."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._ids: dict[str, str] = {}
        self.heard: list[Any] = []

    def __call__(self, route: str, /, body: Any = None, **rest: Any) -> Any:
        """Asks a route and keeps what is comparable of the answer."""
        answer = self.quietly(route, body, **rest)
        self.heard.append((route, answer.status, self._comparable(answer.body)))
        return answer.body

    def quietly(self, route: str, /, body: Any = None, **rest: Any) -> Answered:
        """Asks a route whose answer is not compared; again, as its clients do, where the peer is too busy (503)."""
        for _ in range(BUSY_TRIES):
            answer = self._ask(route, body, **rest)
            if answer.status != 503:
                return answer
            time.sleep(0.5)
        raise AssertionError(f"{route} was answered with 503 for too long")

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, dict):
            if "exception_detail" in value:
                return [[problem["type"], problem["loc"]] for problem in value["exception_detail"]]
            if value.keys() in ({"detail"}, {"exception_message"}):  # clients take either
                return "<prose>"
            return {
                self._comparable(key): "<seconds>"
                if key in DURATIONS | SUMS and inner is not None
                else "<prose>"
                if key in PROSE
                else self._comparable(inner)
                for key, inner in value.items()
                if key not in LEFT_OUT
            }
        if isinstance(value, list):
            return [self._comparable(inner) for inner in value]
        if isinstance(value, str):
            text = UUID.sub(lambda found: self._ids.setdefault(found[0], f"<id {len(self._ids)}>"), value)
            return INSTANT.sub("<instant>", text)
        return value


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HttpAsk, HttpAsk]]:
    folder: Path = tmp_path_factory.mktemp("answers")
    with pytest.MonkeyPatch.context() as environment:
        # Nothing shall happen by itself: no run becomes late while it is asked about.
        environment.setenv("PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED", "false")
        peer = Peer(tmp_path_factory.mktemp("peer"))
    store = open_store(f"sqlite:///{folder}/headrace.db")
    try:
        with served(store) as url:
            asks = HttpAsk(peer.url), HttpAsk(url)
            yield asks
            for ask in asks:
                ask.close()
    finally:
        store.close()
        peer.close()


def flow(side: Side, name: str) -> str:
    return side("create_flow", {"name": name, "tags": ["t"], "labels": {"a": 1}})["id"]


def run(side: Side, flow_id: str, **fields: Any) -> str:
    return side("create_flow_run", {"flow_id": flow_id, "name": "r", **fields})["id"]


def scheduled(at: str) -> dict[str, Any]:
    return {"type": "SCHEDULED", "state_details": {"scheduled_time": f"2026-01-05T{at}Z"}}


def about_flows(side: Side) -> None:
    first, second = flow(side, "pages-b"), flow(side, "pages-a")
    ours = {"flows": {"name": {"like_": "pages-"}}}
    side("count_flows", ours)
    for page in ({"limit": 1, "page": 2}, {"limit": 1, "page": 9}, {"limit": 0}, {"limit": -1}, {"page": 0}):
        side("paginate_flows", {**ours, **page})
    side("update_flow", {"tags": ["x"]}, id=first)
    side("read_flow", id=first)
    side("update_flow", {"tags": None}, id=first)
    side("update_flow", {}, id=NOBODY)
    run(side, second)
    side("bulk_delete_flows", {"flows": {"name": {"any_": ["pages-a"]}}, "limit": 51})
    side("bulk_delete_flows", {"flows": {"name": {"any_": ["pages-a"]}}})
    side("read_flow", id=second)
    side("delete_flow", id=first)
    side("delete_flow", id=first)


def about_flow_runs(side: Side) -> None:
    flow_id = flow(side, "runs")
    run_id = run(side, flow_id, labels={"b": 2}, state={"type": "PENDING"})
    side("update_flow_run", {"name": "s", "tags": ["u"], "parameters": {"x": [1]}, "flow_version": "2"}, id=run_id)
    side("update_flow_run", {"infrastructure_pid": "pod", "empirical_policy": {"retries": 3}}, id=run_id)
    side("read_flow_run", id=run_id)
    side("update_flow_run", {}, id=run_id)
    side("update_flow_run", {"tags": None}, id=run_id)
    side("update_flow_run", {"name": "x"}, id=NOBODY)
    side("update_flow_run_labels", {"b": True, "c": "three"}, id=run_id)
    side("read_flow_run", id=run_id)
    side("update_flow_run_labels", [1], id=run_id)
    side("update_flow_run_labels", {}, id=NOBODY)
    of_flow = {"flow_runs": {"name": {"any_": ["s"]}}}
    side("bulk_set_flow_run_state", {**of_flow, "state": {"type": "CANCELLED", "message": "m"}})
    side("bulk_set_flow_run_state", {**of_flow, "state": {"type": "RUNNING"}, "force": True})
    side("bulk_set_flow_run_state", of_flow)
    side("bulk_delete_flow_runs", {**of_flow, "limit": 0})
    side("bulk_delete_flow_runs", of_flow)
    side("read_flow_run", id=run_id)


def about_history(side: Side) -> None:
    flow_id = flow(side, "history")
    asked = {"flows": {"name": {"any_": ["history"]}}}
    side("average_flow_run_lateness", asked)
    for number, at in enumerate(("06:00:00", "06:59:59", "07:00:00", "07:40:00", "08:00:00")):
        run(side, flow_id, name=f"h-{number}", state=scheduled(at))
    side("flow_run_history", {**HISTORY, **asked})
    side("flow_run_history", {**HISTORY, "history_interval_seconds": 0.5})
    side("flow_run_history", {**HISTORY, "history_end": HISTORY["history_start"]})
    side("flow_run_history", {})
    side("paginate_flow_runs", {**asked, "limit": 2, "page": 3, "sort": "NAME_ASC"})
    for order in ("START_TIME_ASC", "EXPECTED_START_TIME_DESC", "NAME_DESC", "NEXT_SCHEDULED_START_TIME_ASC"):
        found = side.quietly("read_flow_runs", {**asked, "sort": order}).body
        side.heard.append((order, [one["name"] for one in found]))


def about_inputs(side: Side) -> None:
    run_id = run(side, flow(side, "inputs"), state={"type": "PENDING"})
    for key, value in (("k1", '"v"'), ("k1", "2"), ("k2", '{"a": 1}'), ("other", "3")):
        side("create_flow_run_input", {"key": key, "value": value, "sender": "me"}, id=run_id)
    side("create_flow_run_input", {"value": "3"}, id=run_id)
    side("create_flow_run_input", {"key": "k", "value": "3"}, id=NOBODY)
    side("read_flow_run_input", id=run_id, key="k1")
    side("read_flow_run_input", id=run_id, key="none")
    for asked in ({"prefix": "k"}, {"prefix": "k", "limit": 5, "exclude_keys": ["k1"]}, {"prefix": "", "limit": 0}, {}):
        side("filter_flow_run_input", asked, id=run_id)
    side("delete_flow_run_input", id=run_id, key="k1")
    side("delete_flow_run_input", id=run_id, key="k1")


def about_resuming(side: Side) -> None:
    run_id = run(side, flow(side, "resumed"), state={"type": "PENDING"})
    keys = {"response": "p-response", "schema": "p-schema"}
    side("resume_flow_run", id=run_id)
    for details in ({"pause_key": "1"}, {"pause_key": "2", "run_input_keyset": keys}):
        side("set_flow_run_state", {"state": {"type": "RUNNING"}}, id=run_id)
        paused = {"type": "PAUSED", "state_details": {"pause_timeout": "2099-01-01T00:00:00Z", **details}}
        side("set_flow_run_state", {"state": paused}, id=run_id)
        if "run_input_keyset" not in details:
            side("resume_flow_run", {"run_input": {"x": 1}}, id=run_id)
    schema = '{"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}'
    side("create_flow_run_input", {"key": "p-schema", "value": schema}, id=run_id)
    side("resume_flow_run", {"run_input": {"x": 1}}, id=run_id)
    side("read_flow_run_input", id=run_id, key="p-response")


def about_task_runs(side: Side) -> None:
    flow_id = flow(side, "tasks")
    run_id = run(side, flow_id, state={"type": "RUNNING"})
    made: list[str] = []
    for key, rest in (
        ("0", {"empirical_policy": {"retries": 1}, "labels": {"l": 1}, "tags": ["x"], "cache_key": "c"}),
        ("0", {}),
        ("1", {"state": {"type": "PENDING"}}),
        ("2", {"state": scheduled("06:00:00")}),
    ):
        body = {"task_key": "k", "dynamic_key": key, "flow_run_id": run_id, "name": f"t-{key}", **rest}
        made.append(side("create_task_run", body)["id"])
    side("create_task_run", {"task_key": "k", "dynamic_key": "9", "flow_run_id": NOBODY})
    side("create_task_run", {"task_key": "k"})
    for kind in ("PENDING", "RUNNING", "FAILED", "COMPLETED"):
        side("set_task_run_state", {"state": {"type": kind}}, id=made[0])
    side("set_task_run_state", {"state": {"type": "RUNNING"}}, id=made[2])
    side("set_task_run_state", {"state": {"type": "COMPLETED", "data": {"type": "kept"}}}, id=made[2])
    for kind in ("RUNNING", "PENDING", "COMPLETED"):
        side("set_task_run_state", {"state": {"type": kind}}, id=made[2])
    side("set_task_run_state", {"state": {"type": "RUNNING"}, "force": True}, id=made[2])
    side("set_task_run_state", {"state": {"type": "RUNNING"}}, id=NOBODY)
    side("read_task_run_states", query={"task_run_id": made[2]})
    for name in ("renamed", None, ""):
        side("update_task_run", {"name": name}, id=made[3])
    side("update_task_run", {"name": "renamed"}, id=NOBODY)
    asked = {"flow_runs": {"id": {"any_": [run_id]}}}
    side("count_task_runs", asked)
    side("delete_task_run", id=made[3])
    side("delete_task_run", id=made[3])
    side("count_task_runs", asked)
    side("set_flow_run_state", {"state": {"type": "FAILED"}}, id=run_id)
    side("set_task_run_state", {"state": {"type": "RUNNING"}}, id=made[3 - 1])


def about_subflows(side: Side) -> None:
    flow_id = flow(side, "parent")
    run_id = run(side, flow_id, state={"type": "RUNNING"})
    tasks: list[str] = []
    for number, inputs in enumerate(({}, {}, {"a": [0]})):
        given = {name: [{"input_type": "task_run", "id": tasks[one]} for one in of] for name, of in inputs.items()}
        body = {"task_key": "k", "dynamic_key": str(number), "name": f"n-{number}", "flow_run_id": run_id}
        tasks.append(side("create_task_run", {**body, "task_inputs": given})["id"])
    child = run(side, flow_id, name="kid", state={"type": "PENDING"}, parent_task_run_id=tasks[1])
    side("set_flow_run_state", {"state": {"type": "RUNNING"}}, id=child)
    side("set_flow_run_state", {"state": {"type": "COMPLETED", "message": "m"}}, id=child)
    side("read_task_run_states", query={"task_run_id": tasks[1]})
    side("read_flow_run_graph_v2", id=run_id)
    side("read_flow_run_graph_v2", id=run_id, query={"since": "2090-01-01T00:00:00Z"})
    graph = side.quietly("read_flow_run_graph_v1", id=run_id).body
    side.heard.append(sorted((one["name"], len(one["upstream_dependencies"])) for one in graph))
    side("read_flow_run_graph_v1", id=NOBODY)
    side("read_flow_run_graph_v2", id=NOBODY)


def about_logs(side: Side) -> None:
    run_id = run(side, flow(side, "logs"), state={"type": "RUNNING"})
    line = {"name": "n", "level": 20, "message": "m\0n", "timestamp": "2026-01-05T06:00:00Z", "flow_run_id": run_id}
    side("create_logs", [line, {**line, "message": "late", "timestamp": "2026-01-05T06:00:01Z", "level": 40}])
    side("create_logs", [])
    side("create_logs", [{"name": "n"}])
    of_run = {"flow_run_id": {"any_": [run_id]}}
    for asked in (of_run, {**of_run, "level": {"ge_": 30}}):
        found = side.quietly("read_logs", {"logs": asked}).body
        side.heard.append([(one["message"], one["level"], one["timestamp"]) for one in found])


def about_saved_searches(side: Side) -> None:
    one = {"object": "flow", "property": "name", "type": "string", "operation": "equals", "value": "x"}
    made = side("create_saved_search", {"name": "s", "filters": [one]})["id"]
    side("create_saved_search", {"name": "s"})
    side("create_saved_search", {"name": "a%/"})
    side("create_saved_search", {"name": "s", "filters": [{"object": "flow"}]})
    side("read_saved_searches")
    side("read_saved_searches", {"limit": 1, "offset": 1})
    side("delete_saved_search", id=made)
    side("delete_saved_search", id=made)
    side("read_saved_search", id=made)


def about_the_server(side: Side) -> None:
    for route in ("hello", "api_healthcheck", "api_readiness", "read_server_default_result_storage"):
        side(route)
    side("update_server_default_result_storage", {"default_result_storage_block_id": NOBODY})
    side("create_csrf_token")
    side("create_csrf_token", query={"client": "me"})


TALKS = [
    about_flows,
    about_flow_runs,
    about_history,
    about_inputs,
    about_resuming,
    about_task_runs,
    about_subflows,
    about_logs,
    about_saved_searches,
    about_the_server,
]


@pytest.mark.parametrize("talk", TALKS, ids=[talk.__name__ for talk in TALKS])
def test_both_servers_answer_alike(sides: tuple[HttpAsk, HttpAsk], talk: Callable[[Side], None]) -> None:
    theirs, ours = Side(sides[0]), Side(sides[1])
    for side in (theirs, ours):
        talk(side)
    for they, we in zip(theirs.heard, ours.heard, strict=True):
        assert we == they
