"""The OpenAPI document: every route of the table is there, in the shapes for which existing clients were made."""

import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from headrace._wire.routes import MOUNT, ROUTES
from tests.api.shapes import OWN, REFERENCE, route_shapes, schema_shapes

THEIRS: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))

# Fields of queries that the reference says may not be null; it takes a null all the same, and so do we.
NULLABLE = {
    "FlowBulkDeletion",
    "FlowCount",
    "FlowPageQuery",
    "FlowQuery",
    "FlowRunCount",
    "FlowRunHistoryQuery",
    "FlowRunInputFilter",
    "FlowRunPageQuery",
    "FlowRunQuery",
    "LogQuery",
    "SavedSearchQuery",
    "SimpleFlowRunQuery",
    "TaskRunCount",
    "TaskRunHistoryQuery",
    "TaskRunPageQuery",
    "TaskRunQuery",
}

# What we say otherwise than the reference, and why.
OTHERWISE: dict[str, dict[str, str]] = {
    # It takes any value for a label, and then cannot read the run any more.
    "PATCH /flow_runs/{id}/labels": {"request": "{boolean|integer|number|string}"},
}


@pytest.fixture
def document(api_url: str) -> dict[str, Any]:
    return httpx.get(f"{api_url}/openapi.json", timeout=60).json()


def test_every_route_of_the_table_is_documented(document: dict[str, Any]) -> None:
    documented = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert documented == {route.name for route in ROUTES}


def test_the_routes_are_those_of_the_reference(document: dict[str, Any]) -> None:
    ours = {key: shape for key, shape in route_shapes(document).items() if OWN not in key}
    for shape in ours.values():
        if shape["request"] and shape["request"].endswith("|null"):
            shape["request"] = shape["request"].removesuffix("|null")
    theirs = {key: shape | OTHERWISE.get(key, {}) for key, shape in THEIRS["routes"].items()}
    assert ours == {key: _without_open_answer(shape, ours[key]) for key, shape in theirs.items()}


def test_the_schemas_are_those_of_the_reference(document: dict[str, Any]) -> None:
    ours = schema_shapes(document)
    assert {name for name in THEIRS["schemas"] if name not in ours} == set()
    different = {
        name: (shape, ours[name])
        for name, shape in THEIRS["schemas"].items()
        if _comparable(name, ours[name], shape) != _comparable(name, shape, shape)
    }
    assert different == {}


def test_its_schemas_are_schemas_and_each_that_is_named_is_there(document: dict[str, Any]) -> None:
    components = document["components"]["schemas"]
    for schema in components.values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named == components.keys()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/hello", None),
        ("POST", "/flows/", {"name": "of the document"}),
        ("POST", "/flows/filter", None),
        ("POST", "/logs/", []),
        ("DELETE", "/flow_runs/{id}", None),
        ("GET", "/flow_runs/{id}/logs/download", None),
        ("POST", "/headrace/journals/ingest", None),
    ],
)
def test_an_answer_has_the_content_that_the_document_says(
    document: dict[str, Any], api_url: str, method: str, path: str, body: Any
) -> None:
    operation = document["paths"][path][method.lower()]
    url = api_url.removesuffix(MOUNT) + document["servers"][0]["url"] + path.replace("{id}", "6" * 32)
    response = httpx.request(method, url, json=body)
    responses = operation["responses"]
    said = responses.get(str(response.status_code)) or responses[f"{response.status_code // 100}XX"]
    if "content" not in said:
        assert response.content == b""
        return
    ((content_type, described),) = said["content"].items()
    assert response.headers["content-type"].partition(";")[0] == content_type
    if content_type == "application/json":
        schema = {**described["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(response.json())


def _without_open_answer(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """The reference leaves the answer of one route open, where we say what it is."""
    return {**theirs, "response": theirs["response"] or ours["response"]}


def _comparable(name: str, shape: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """The part of a shape that the reference has, too: a schema of ours may know more fields, none of them required."""
    if "words" in shape:
        return shape
    fields = {field: dict(described) for field, described in shape["fields"].items() if field in theirs["fields"]}
    if name in NULLABLE:
        for described in fields.values():
            described["type"] = described["type"].removesuffix("|null")
    return {"required": shape["required"], "fields": fields}
