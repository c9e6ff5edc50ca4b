"""HTTP itself: statuses, headers and the bodies of errors, as other programs see them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from headrace import __version__
from headrace._wire.routes import COMPATIBLE_VERSION
from headrace.server.api import http_door
from headrace.server.store.transactions import Store

JSON = {"content-type": "application/json; charset=utf-8"}


@pytest.fixture
def http(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url) as client:
        yield client


@pytest.fixture
def flow_id(http: httpx.Client) -> str:
    return http.post("/flows/", json={"name": "load"}).json()["id"]


def test_what_a_call_made_is_201_and_what_it_found_is_200(http: httpx.Client) -> None:
    assert http.post("/flows/", json={"name": "load"}).status_code == 201
    answer = http.post("/flows/", json={"name": "load"})
    assert answer.status_code == 200
    wanted = {"flow_id": answer.json()["id"], "idempotency_key": "once", "name": "first"}
    made = http.post("/flow_runs/", json=wanted)
    found = http.post("/flow_runs/", json={**wanted, "name": "second"})
    assert (made.status_code, found.status_code) == (201, 200)
    assert (found.json()["id"], found.json()["name"]) == (made.json()["id"], "first")

    set_state = f"/flow_runs/{made.json()['id']}/set_state"
    assert http.post(set_state, json={"state": {"type": "RUNNING"}}).status_code == 201
    again = http.post(set_state, json={"state": {"type": "PENDING"}})
    assert (again.status_code, again.json()["status"]) == (200, "ABORT")
    deleted = http.delete(f"/flow_runs/{made.json()['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_a_path_or_a_method_that_no_route_has_is_said_in_json(http: httpx.Client) -> None:
    for answer in (http.get("/flowers/"), http.get("/flows/no-id")):
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    answer = http.put("/flows/filter", json={})
    assert (answer.status_code, answer.json(), answer.headers["allow"]) == (
        405,
        {"detail": "Method Not Allowed"},
        "POST",
    )
    assert http.head("/hello").status_code == 405


def test_a_slash_too_few_leads_to_the_route(http: httpx.Client) -> None:
    answer = http.post("/flows", json={"name": "load"})
    assert answer.status_code == 307
    assert answer.headers["location"].endswith("/api/flows/")
    assert http.post("/flows", json={"name": "load"}, follow_redirects=True).status_code == 201


def test_lines_that_are_sent_again_are_stored_once(http: httpx.Client, flow_id: str) -> None:
    run_id = http.post("/flow_runs/", json={"flow_id": flow_id}).json()["id"]
    line = {"name": "a", "level": 20, "message": "hello", "timestamp": "2026-01-02T03:04:05Z", "flow_run_id": run_id}

    def sent(*lines: dict[str, Any]) -> list[str]:
        assert http.post("/logs/", json=lines).status_code == 201
        return [log["message"] for log in http.post("/logs/filter", json={}).json()]

    assert sent(line, line) == ["hello", "hello"]
    assert sent(line, line) == ["hello", "hello"]
    assert sent(line) == ["hello", "hello", "hello"]
    assert sent({**line, "message": "you"}) == ["hello", "hello", "hello", "you"]


def test_instants_have_their_offset_and_durations_are_seconds(http: httpx.Client, flow_id: str) -> None:
    run = http.post("/flow_runs/", json={"flow_id": flow_id}).json()
    assert run["created"].endswith("Z")
    assert run["state"]["timestamp"].endswith("Z")
    assert run["total_run_time"] == 0.0
    assert run["empirical_policy"]["pause_keys"] == []


def test_fields_that_are_not_known_are_ignored(http: httpx.Client, flow_id: str) -> None:
    assert http.post("/flows/", json={"name": "load", "later": True}).status_code == 200
    answer = http.post("/flows/filter", json={"flows": {"name": {"any_": ["load"], "later_": 1}}, "later": {}})
    assert [flow["id"] for flow in answer.json()] == [flow_id]


def test_queries_need_no_body(http: httpx.Client, flow_id: str) -> None:
    assert len(http.post("/flows/filter").json()) == 1
    assert http.post("/flow_runs/filter").json() == []
    assert http.post("/flow_runs/count").json() == 0
    assert http.post("/task_runs/count").json() == 0
    assert http.post("/logs/filter", json={"logs": None}).json() == []


def test_a_part_of_a_query_that_is_null_has_its_default(http: httpx.Client, flow_id: str) -> None:
    for path in ("/flow_runs/filter", "/flows/filter", "/task_runs/filter", "/logs/filter"):
        query = {"sort": None, "limit": None, "offset": None, "flows": None, "flow_runs": None, "logs": None}
        assert http.post(path, json=query).status_code == 200
    run = http.post("/flow_runs/", json={"flow_id": flow_id}).json()
    answer = http.post(f"/flow_runs/{run['id']}/set_state", json={"state": {"type": "RUNNING"}, "force": None})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("content", "problem", "told"),
    [
        (b"{}", {"type": "missing", "loc": ["body", "name"]}, {}),
        (b'{"name": "a/b"}', {"type": "string_pattern_mismatch", "loc": ["body", "name"]}, {"name": "a/b"}),
        (b"", {"type": "missing", "loc": ["body"]}, None),
        (b"{bad", {"type": "json_invalid", "loc": ["body"]}, "{bad"),
        (b"[]", {"type": "model_type", "loc": ["body"]}, []),
        (b'{"name": "\xff"}', {"type": "json_invalid", "loc": ["body"]}, '{"name": "\ufffd"}'),
    ],
)
def test_a_request_that_does_not_fit_is_422_with_where_and_why(
    http: httpx.Client, content: bytes, problem: dict[str, Any], told: Any
) -> None:
    answer = http.post("/flows/", content=content, headers=JSON)
    assert answer.status_code == 422
    body = answer.json()
    assert body["exception_message"] == "Invalid request received."
    assert body["exception_detail"][0].items() >= problem.items()
    assert body["request_body"] == told


def test_a_query_that_is_missing_is_422(http: httpx.Client) -> None:
    answer = http.get("/flow_run_states/")
    assert answer.status_code == 422
    assert answer.json()["exception_detail"][0]["loc"] == ["query", "flow_run_id"]
    answer = http.get("/flow_run_states/", params={"flow_run_id": "xyz"})
    assert answer.json()["exception_detail"][0]["type"] == "uuid_parsing"


def test_what_is_not_there_is_404_with_a_detail(http: httpx.Client) -> None:
    missing = uuid4()
    assert http.get(f"/flow_runs/{missing}").json() == {"detail": f"There is no flow run {missing}."}
    for path in ("/nothing", "/flow_runs/xyz", f"/flow_runs/{missing}/nothing"):
        answer = http.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_another_method_is_405(http: httpx.Client) -> None:
    for method, path in (("PUT", "/flows/"), ("GET", "/flow_runs/filter")):
        answer = http.request(method, path)
        assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})


def test_a_run_of_a_flow_that_is_not_there_is_409(http: httpx.Client) -> None:
    missing = str(uuid4())
    answer = http.post("/flow_runs/", json={"flow_id": missing})
    assert answer.status_code == 409
    assert missing in answer.json()["detail"]


@pytest.mark.parametrize(
    ("version", "status"),
    [("0.8.0", 200), ("0.8.4", 200), ("1.0.0", 200), ("0.7.9", 400), ("0.8", 400), ("abc", 400), ("0.8.x", 400)],
)
def test_callers_of_an_old_protocol_or_of_none_are_400(http: httpx.Client, version: str, status: int) -> None:
    headers = {"X-PREFECT-API-VERSION": version}
    for method, path in (("POST", "/flow_runs/filter"), ("POST", "/flows/filter"), ("GET", "/admin/version")):
        answer = http.request(method, path, headers=headers)
        assert answer.status_code == status
        assert status == 200 or version in answer.json()["detail"]
    assert http.get("/health", headers=headers).status_code == 200


def test_the_server_tells_of_itself(http: httpx.Client, api_url: str) -> None:
    assert http.get("/health").json() is True
    assert http.get("/ready").json() == {"message": "OK"}
    assert http.get("/version").json() == "0.8.4"
    assert http.get("/admin/version").json() == f"{COMPATIBLE_VERSION}+headrace.{__version__}"
    about = httpx.get(api_url.removesuffix("api")).json()
    assert about["name"] == "Headrace"
    document = httpx.get(api_url.removesuffix("/api") + about["documentation"]).json()
    assert document["info"]["title"] == "Headrace"


def test_tokens_against_forged_requests_are_not_asked_for(http: httpx.Client) -> None:
    answer = http.get("/csrf-token", params={"client": "me"})
    assert (answer.status_code, answer.json()) == (422, {"detail": "CSRF protection is disabled."})


def test_text_of_any_script_comes_back_as_it_went(http: httpx.Client, flow_id: str) -> None:
    name = 'naïve 🦦 \u202e \\ " run'
    run = http.post("/flow_runs/", json={"flow_id": flow_id, "name": name, "parameters": {"käse": [None, 1e300]}})
    read = http.get(f"/flow_runs/{run.json()['id']}").json()
    assert (read["name"], read["parameters"]) == (name, {"käse": [None, 1e300]})


def test_a_body_may_come_in_pieces(http: httpx.Client) -> None:
    body = json.dumps({"name": "in pieces"}).encode()
    answer = http.post("/flows/", content=iter([body[:5], body[5:]]), headers=JSON)
    assert answer.json()["name"] == "in pieces"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; x=y"])
def test_a_body_that_does_not_say_it_is_json_is_refused(http: httpx.Client, kind: str) -> None:
    # What a page of another site can send without asking: it must change nothing here.
    answer = http.post("/flows/", content=b'{"name": "forged"}', headers={"content-type": kind})
    assert answer.status_code == 422
    assert answer.json()["exception_detail"][0]["loc"] == ["header", "content-type"]
    assert http.post("/flows/filter").json() == []
    assert http.options("/flows/", headers={"origin": "https://example.org"}).status_code == 403


def test_a_body_beyond_all_measure_is_413(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_door, "MAX_BODY_BYTES", 100)
    answer = http.post("/flows/", json={"name": "x" * 200})
    assert (answer.status_code, answer.json()) == (413, {"detail": "A request has at most 100 bytes."})


def test_a_defect_is_500_and_tells_the_caller_nothing(
    http: httpx.Client, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(sqlite_store, "read", broken)
    answer = http.get("/ready")
    assert (answer.status_code, answer.json()) == (500, {"exception_message": "Internal Server Error"})
    assert "a secret of the inside" in caplog.text


def test_requests_that_fail_do_not_disturb_those_beside_them(http: httpx.Client, flow_id: str) -> None:
    wanted = [flow_id if number % 3 else str(uuid4()) for number in range(48)]
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda flow: http.post("/flow_runs/", json={"flow_id": flow}), wanted))
    assert [answer.status_code for answer in answers] == [201 if flow == flow_id else 409 for flow in wanted]
    assert http.post("/flow_runs/count").json() == wanted.count(flow_id)


def test_only_who_is_no_page_may_leave_out_what_a_body_is(api_url: str) -> None:
    body = b'{"task_key": "t", "dynamic_key": "1"}'
    asked = {"said": {"content-type": "application/json"}, "unsaid": {}, "text": {"content-type": "text/plain"}}
    asked["page"] = {"origin": "https://elsewhere.example"}
    statuses = {
        what: httpx.post(f"{api_url}/task_runs/", content=body, headers=headers).status_code
        for what, headers in asked.items()
    }
    # A page of another site is stopped wherever it is first seen to be one.
    assert statuses["page"] in (403, 422)
    assert (statuses["said"], statuses["unsaid"], statuses["text"]) == (201, 201, 422)
