"""Whatever is sent to a route, a caller hears of it by a status below 500, on both databases.

For each leaf of each route's body, as the OpenAPI document describes it, the least body is sent that fits, with a
hostile value in that place.
"""

from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import pytest

from headrace._wire.routes import ROUTES, Route
from headrace.server.api.document import openapi
from headrace.server.api.in_process import InProcessApi
from headrace.server.store.transactions import Store
from tests.support.asking import InProcessAsk

HOSTILE: dict[str, list[Any]] = {
    "string": ["a\0b", "'; DROP TABLE flow_runs; --", "x" * 100_000, "", "%", "\\", "\U0001f600"],
    "date-time": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "a\0b", 1e300],
    "uuid": ["a\0b", "00000000-0000-0000-0000-000000000000"],
    "integer": [10**30, -(10**30), 1e300, "a\0b"],
    "number": [1e308, -1e308, 10**400],
    "time-delta": [1e308, -1e308, 0, "a\0b"],
    "closed": ["a\0b", 10**30, [], {}],
    "any": [{"a\0b": "\0"}, [[[[]]]], 10**30, {"a": {"b": [1e308]}}],
}
PLAIN: dict[str, Any] = {
    "string": "a",
    "date-time": "2026-01-01T00:00:00Z",
    "integer": 1,
    "number": 1.0,
    "time-delta": 60.0,
    "boolean": True,
    "any": {"a": 1},
}
# What a refusal that lists no places begins with: it names what it is about.
NAMING = ("Invalid limit", "History interval", "The given interval", "task_runs.start_time.after_")
ASKED = [route for route in ROUTES if route.request is not None and route.media == "json"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi()


class Bodies:
    """Bodies of a route, by its schema."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]

    def hostile(self, schema: dict[str, Any], depth: int = 0) -> Iterator[Any]:
        """The least body, once for each leaf and hostile value."""
        schema = self._resolved(schema)
        if depth > 6:
            return
        if "properties" in schema:
            least = self.least(schema)
            for name, inner in schema["properties"].items():
                for value in self.hostile(inner, depth + 1):
                    yield {**least, name: value}
        elif schema.get("type") == "array":
            for value in self.hostile(schema.get("items", {}), depth + 1):
                yield [value]
        elif schema.get("type") == "object":
            inner = schema.get("additionalProperties")
            for value in self.hostile(inner if isinstance(inner, dict) else {}, depth + 1):
                yield {"a": value}
            yield {"a\0b": "c"}
        else:
            is_closed = "enum" in schema or "const" in schema or schema.get("type") == "boolean"
            yield from HOSTILE["closed" if is_closed else _kind(schema)]

    def least(self, schema: dict[str, Any]) -> Any:
        """The least value that fits."""
        schema = self._resolved(schema)
        if "properties" in schema:
            return {name: self.least(schema["properties"][name]) for name in schema.get("required", [])}
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") in ("array", "object"):
            return [] if schema["type"] == "array" else {}
        return str(uuid4()) if _kind(schema) == "uuid" else PLAIN[_kind(schema)]

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self._resolved(self._schemas[schema["$ref"].rpartition("/")[2]])
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self._resolved(next(part for part in schema[union] if part.get("type") != "null"))
        return schema


def _kind(schema: dict[str, Any]) -> str:
    for kind in (schema.get("format"), schema.get("type")):
        if kind in HOSTILE or kind in PLAIN:
            return cast("str", kind)
    return "any"


@pytest.mark.parametrize("route", ASKED, ids=[route.name for route in ASKED])
def test_no_value_is_too_much(store: Store, document: dict[str, Any], route: Route) -> None:
    ask = InProcessAsk(InProcessApi(store))
    flow = ask("create_flow", {"name": "f"}).body
    run = ask("create_flow_run", {"flow_id": flow["id"], "state": {"type": "RUNNING"}}).body
    task = ask("create_task_run", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": str(uuid4())}).body
    known = {"flows": flow["id"], "flow_runs": run["id"], "task_runs": task["id"]}
    described = document["paths"][route.path][route.method.lower()]["requestBody"]["content"]["application/json"]
    given = {"id": known.get(route.path.split("/")[1], str(uuid4())), "countable": "time", "lease_id": str(uuid4())}
    path = {name: value for name, value in given.items() if f"{{{name}}}" in route.path}
    answers = [ask(route.name, body, **path) for body in Bodies(document).hostile(described["schema"])]
    assert answers
    assert max(answer.status for answer in answers) < 500  # a defect is raised
    refusals = [answer.body for answer in answers if answer.status == 422]
    unnamed = {body["detail"] for body in refusals if "exception_detail" not in body}
    assert [detail for detail in unnamed if not detail.startswith(NAMING)] == []


def test_a_label_is_a_number_that_json_has(store: Store) -> None:
    ask = InProcessAsk(InProcessApi(store))
    flow = ask("create_flow", {"name": "f"}).body
    run = ask("create_flow_run", {"flow_id": flow["id"]}).body
    assert ask("update_flow_run_labels", b'{"a": 1e999}', id=run["id"]).status == 422
    assert ask("update_flow_run_labels", {"a": 10**30}, id=run["id"]).status == 204
    assert ask("read_flow_run", id=run["id"]).body["labels"]["a"] == 10**30
    assert (
        ask("create_flow_run", {"flow_id": flow["id"], "parameters": {"a": 10**30}}).body["parameters"]["a"] == 10**30
    )


def test_what_is_too_deep_is_refused(store: Store) -> None:
    ask = InProcessAsk(InProcessApi(store))
    deep = b'{"name": "f", "labels": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    refused = ask("create_flow", deep)
    assert (refused.status, refused.body["exception_detail"][0]["type"]) == (422, "json_invalid")


def test_a_part_of_a_name_has_its_length(store: Store) -> None:
    ask = InProcessAsk(InProcessApi(store))
    refused = ask("count_flows", {"flows": {"name": {"like_": "x" * 1_001}}})
    assert refused.body["exception_detail"][0]["loc"] == ["body", "flows", "name", "like_"]
