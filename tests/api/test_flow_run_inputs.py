"""Inputs of flow runs, and runs that wait for one, through every door."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.asking import Ask

SCHEMA = '{"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}'
KEYS = {"schema": "pause-1-schema", "response": "pause-1-response"}


@pytest.fixture
def run_id(ask: Ask) -> str:
    flow = ask("create_flow", {"name": "asks"}).body
    return ask("create_flow_run", {"flow_id": flow["id"], "state": {"type": "PENDING"}}).body["id"]


def leave(ask: Ask, run_id: Any, key: str, value: str, **fields: Any) -> int:
    return ask("create_flow_run_input", {"key": key, "value": value, **fields}, id=run_id).status


def found(ask: Ask, run_id: str, prefix: str, **fields: Any) -> list[str]:
    answer = ask("filter_flow_run_input", {"prefix": prefix, **fields}, id=run_id)
    return [one["key"] for one in answer.body]


def paused(ask: Ask, run_id: str, **details: Any) -> None:
    ask("set_flow_run_state", {"state": {"type": "RUNNING"}}, id=run_id)
    state = {"type": "PAUSED", "state_details": {"pause_timeout": "2099-01-01T00:00:00Z", **details}}
    assert ask("set_flow_run_state", {"state": state}, id=run_id).body["status"] == "ACCEPT"


def test_an_input_is_left_read_and_taken_away(ask: Ask, run_id: str) -> None:
    assert leave(ask, run_id, "k-1", '"v"', sender="me") == 201
    assert leave(ask, run_id, "k_2", "no json") == 201
    assert ask("read_flow_run_input", id=run_id, key="k-1").body == "v"
    assert ask("read_flow_run_input", id=run_id, key="k_2").body == "no json"
    (first,) = ask("filter_flow_run_input", {"prefix": "k"}, id=run_id).body
    assert (first["key"], first["value"], first["sender"], first["flow_run_id"]) == ("k-1", '"v"', "me", run_id)
    assert ask("delete_flow_run_input", id=run_id, key="k-1").status == 204
    assert ask("delete_flow_run_input", id=run_id, key="k-1").status == 404
    assert ask("read_flow_run_input", id=run_id, key="k-1").status == 404


def test_inputs_are_found_by_the_beginnings_of_their_keys(ask: Ask, run_id: str) -> None:
    for key in ("a-1", "a-2", "a_3", "b-1"):
        leave(ask, run_id, key, "1")
    assert found(ask, run_id, "a", limit=10) == ["a-1", "a-2", "a_3"]
    assert found(ask, run_id, "a-", limit=10, exclude_keys=["a-1"]) == ["a-2"]
    assert found(ask, run_id, "%", limit=10) == []
    assert found(ask, run_id, "a", limit=0) == []
    assert found(ask, str(uuid4()), "a") == []


def test_an_input_that_cannot_be_left_is_refused(ask: Ask, run_id: str) -> None:
    assert leave(ask, run_id, "twice", "1") == 201
    assert leave(ask, run_id, "twice", "2") == 409
    assert leave(ask, uuid4(), "k", "1") == 404
    refused = ask("create_flow_run_input", {"key": "a/b", "value": "1"}, id=run_id)
    assert (refused.status, refused.body["exception_detail"][0]["loc"]) == (422, ["body", "key"])
    assert ask("create_flow_run_input", {"key": "k", "value": 3}, id=run_id).status == 422


def test_inputs_go_with_their_run(ask: Ask, run_id: str) -> None:
    leave(ask, run_id, "k", "1")
    assert ask("delete_flow_run", id=run_id).status == 204
    assert found(ask, run_id, "k") == []


def test_a_paused_run_is_resumed(ask: Ask, run_id: str) -> None:
    aborted = ask("resume_flow_run", id=run_id)
    assert (aborted.status, aborted.body["status"], aborted.body["state"]) == (200, "ABORT", None)
    paused(ask, run_id)
    resumed = ask("resume_flow_run", {}, id=run_id)
    assert (resumed.status, resumed.body["status"]) == (201, "ACCEPT")
    assert resumed.body["state"]["name"] == "Running"
    assert ask("resume_flow_run", id=uuid4()).status == 404


def test_a_run_that_asked_for_input_is_resumed_with_it(ask: Ask, run_id: str) -> None:
    paused(ask, run_id, pause_key="1", run_input_keyset=KEYS)
    assert ask("resume_flow_run", {"run_input": {"x": 3}}, id=run_id).body["status"] == "REJECT"  # there is no schema
    leave(ask, run_id, KEYS["schema"], SCHEMA)
    rejected = ask("resume_flow_run", {"run_input": {"y": 3}}, id=run_id).body
    assert (rejected["status"], rejected["state"]["type"]) == ("REJECT", "PAUSED")
    assert "'x'" in rejected["details"]["reason"]
    assert ask("resume_flow_run", {"run_input": {"x": 3}}, id=run_id).body["status"] == "ACCEPT"
    assert ask("read_flow_run_input", id=run_id, key=KEYS["response"]).body == {"x": 3}
