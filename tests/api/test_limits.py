"""What is found by a text of any length would not fit into an index of PostgreSQL: both databases have one bound."""

import random
from typing import Any
from uuid import uuid4

import pytest

from headrace._kernel.names import MAX_KEY_BYTES
from headrace.server.api.in_process import InProcessApi
from headrace.server.store.transactions import Store
from tests.support.asking import Ask, InProcessAsk

# Of many letters, so that no index can compress it.
LONGEST = "".join(
    random.Random(1).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=MAX_KEY_BYTES)
)


@pytest.fixture
def ask(store: Store) -> Ask:
    return InProcessAsk(InProcessApi(store))


def run_of(ask: Ask, **fields: Any) -> dict[str, Any]:
    flow = ask("create_flow", {"name": "limited"}).body
    return ask("create_flow_run", {"flow_id": flow["id"], **fields}).body


def event(resource_id: str = "r", **fields: Any) -> dict[str, Any]:
    resource = {"prefect.resource.id": resource_id}
    return {"id": str(uuid4()), "occurred": "2026-01-01T00:00:00Z", "event": "e", "resource": resource, **fields}


@pytest.mark.parametrize("too_long", [LONGEST + "x", "é" * (MAX_KEY_BYTES // 2) + "x"], ids=["letters", "UTF-8"])
def test_what_is_found_by_its_text_has_a_bound(ask: Ask, too_long: str) -> None:
    run = run_of(ask)
    key = LONGEST + "x"  # of letters alone, by another rule
    asked = [
        ("name", ask("create_flow", {"name": too_long})),
        ("idempotency_key", ask("create_flow_run", {"flow_id": run["flow_id"], "idempotency_key": too_long})),
        ("key", ask("create_flow_run_input", {"key": key, "value": "1"}, id=run["id"])),
        ("name", ask("create_saved_search", {"name": too_long})),
    ]
    for field, refused in asked:
        problem = refused.body["exception_detail"][0]
        assert (refused.status, problem["loc"]) == (422, ["body", field])
        assert f"at most {MAX_KEY_BYTES}" in problem["msg"]


def test_the_longest_that_is_taken_is_found(ask: Ask) -> None:
    flow = ask("create_flow", {"name": LONGEST}).body
    assert ask("read_flow_by_name", name=LONGEST).body["id"] == flow["id"]
    wanted = {"flow_id": flow["id"], "idempotency_key": LONGEST}
    made = ask("create_flow_run", wanted)
    assert (made.status, ask("create_flow_run", wanted).body["id"]) == (201, made.body["id"])
    assert ask("create_flow_run_input", {"key": LONGEST, "value": "1"}, id=made.body["id"]).status == 201
    assert ask("create_saved_search", {"name": LONGEST}).status == 201
    assert ask("create_events", [event(LONGEST)]).status == 204
    asked = {"filter": {"resource": {"id": [LONGEST]}, "occurred": {"since": "2025-12-31T00:00:00Z"}}}
    assert ask("read_events", asked).body["total"] == 1


def test_what_is_not_found_by_its_text_has_any_length(ask: Ask) -> None:
    long = LONGEST * 50
    state = {"type": "RUNNING", "name": long, "message": long}
    run = run_of(ask, name=long, tags=[long], parameters={"a": long}, state=state, flow_version=long)
    read = ask("read_flow_run", id=run["id"]).body
    assert (read["name"], read["tags"], read["parameters"], read["state"]["name"]) == (long, [long], {"a": long}, long)
    keys = {"task_key": long, "dynamic_key": long, "cache_key": long, "name": long, "tags": [long]}
    task = ask("create_task_run", {"flow_run_id": run["id"], **keys}).body
    assert {key: ask("read_task_run", id=task["id"]).body[key] for key in keys} == keys
    assert ask("create_events", [event(event=long, payload={long: long})]).status == 204


def test_an_event_about_what_could_not_be_found_is_refused(ask: Ask) -> None:
    long = {"prefect.resource.id": LONGEST + "x", "prefect.resource.role": "x"}
    for refused in (event(LONGEST + "x"), event(related=[long])):
        answered = ask("create_events", [event(), refused])
        assert answered.status == 422
        assert answered.body["detail"] == (
            f"A prefect.resource.id of the event {refused['id']} has 2001 bytes in UTF-8, and at most 2000 are taken."
        )


def test_an_event_has_a_size(ask: Ask) -> None:
    assert ask("create_events", [event(payload={"a": "x" * 1_400_000})]).status == 204
    large = event(payload={"a": "x" * 1_500_000})
    answered = ask("create_events", [event(), large])
    assert (answered.status, large["id"] in answered.body["detail"]) == (422, True)
    assert "HEADRACE_SERVER_EVENTS_MAXIMUM_SIZE_BYTES" in answered.body["detail"]
