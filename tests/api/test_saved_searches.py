"""Saved searches, through every door."""

from typing import Any
from uuid import uuid4

from tests.support.asking import Ask

FILTER = {"object": "flow", "property": "name", "type": "string", "operation": "equals", "value": ["x", 1, None]}


def saved(ask: Ask, name: str, *filters: dict[str, Any]) -> dict[str, Any]:
    return ask("create_saved_search", {"name": name, "filters": list(filters)}).body


def test_a_search_is_saved_under_its_name(ask: Ask) -> None:
    made = ask("create_saved_search", {"name": "mine", "filters": [FILTER]})
    assert (made.status, made.body["name"], made.body["filters"]) == (201, "mine", [FILTER])
    assert ask("read_saved_search", id=made.body["id"]).body == made.body
    again = ask("create_saved_search", {"name": "mine"})
    assert (again.status, again.body["id"], again.body["filters"]) == (200, made.body["id"], [])
    assert again.body["created"] == made.body["created"]


def test_searches_are_read_by_name_and_deleted(ask: Ask) -> None:
    ids = [saved(ask, name)["id"] for name in ("b", "a/%", "c")]
    assert [one["name"] for one in ask("read_saved_searches").body] == ["a/%", "b", "c"]
    assert [one["name"] for one in ask("read_saved_searches", {"limit": 1, "offset": 1}).body] == ["b"]
    assert ask("delete_saved_search", id=ids[0]).status == 204
    assert ask("delete_saved_search", id=ids[0]).status == 404
    assert ask("read_saved_search", id=uuid4()).status == 404


def test_a_search_without_its_parts_is_refused(ask: Ask) -> None:
    refused = ask("create_saved_search", {"name": "s", "filters": [{"object": "flow"}]})
    assert refused.status == 422
    assert [problem["loc"][-1] for problem in refused.body["exception_detail"]] == [
        "property",
        "type",
        "operation",
        "value",
    ]
    assert ask("create_saved_search", {}).status == 422
