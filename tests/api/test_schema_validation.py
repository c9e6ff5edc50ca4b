"""Values that are held to a JSON schema: what is wrong is said in its place, as pages show it beside a form."""

import builtins
from typing import Any

import pytest

from headrace.server.api.in_process import InProcessApi
from headrace.server.store.transactions import Store
from tests.support.asking import Answered, InProcessAsk

INTEGER = {"type": "integer"}
NONE_GIVEN = "None is not of type 'integer'"


def wrong(name: str, *errors: Any) -> dict[str, Any]:
    return {"property": name, "errors": list(errors)}


def at(index: int, *errors: Any) -> dict[str, Any]:
    return {"index": index, "errors": list(errors)}


@pytest.fixture
def ask(sqlite_store: Store) -> InProcessAsk:
    return InProcessAsk(InProcessApi(sqlite_store))


def validated(ask: InProcessAsk, schema: Any, values: Any) -> Answered:
    return ask("validate_values", {"schema": schema, "values": values})


def object_of(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


# As the peer's server answers.
@pytest.mark.parametrize(
    ("schema", "values", "errors"),
    [
        (object_of("a", a=INTEGER), {"a": 1, "b": "unknown"}, []),
        (object_of("a", a=INTEGER), {"a": "x"}, [wrong("a", "'x' is not of type 'integer'")]),
        (
            object_of("a", "b"),
            {},
            [wrong("a", "'a' is a required property"), wrong("b", "'b' is a required property")],
        ),
        (
            {**object_of(), "additionalProperties": False},
            {"z": 1},
            ["Additional properties are not allowed ('z' was unexpected)"],
        ),
        (
            object_of(l={"type": "array", "items": object_of("q", q=INTEGER)}),
            {"l": [{"q": 1}, {"q": "x"}, {}]},
            [
                wrong(
                    "l",
                    at(1, wrong("q", "'x' is not of type 'integer'")),
                    at(2, wrong("q", "'q' is a required property")),
                )
            ],
        ),
        (
            {**object_of(o={"$ref": "#/definitions/O"}), "definitions": {"O": object_of("q", q=INTEGER)}},
            {"o": {"q": "x"}},
            [wrong("o", wrong("q", "'x' is not of type 'integer'"))],
        ),
        (
            {
                "properties": {"o": {"$ref": "#/definitions/O"}},
                "definitions": {"O": {"type": "object", "properties": {"o": {"$ref": "#/definitions/O"}}}},
            },
            {"o": {"o": {"o": 1}}},
            [wrong("o", wrong("o", wrong("o", "1 is not of type 'object'")))],
        ),
        (object_of(a={"type": "integer", "minimum": 3}), {"a": 1}, [wrong("a", "1 is less than the minimum of 3")]),
        (
            object_of(a={"type": "string", "format": "date-time"}),
            {"a": "nope"},
            [wrong("a", "'nope' is not a 'date-time'")],
        ),
        (object_of(a={"type": "string", "format": "date-time"}), {"a": "2026-01-01T00:00:00Z"}, []),
        # What may be left out may be null, where it has no default.
        (object_of(a=INTEGER), {"a": None}, []),
        (
            object_of(a={"type": "array", "items": INTEGER}, b={"type": ["integer", "string"]}),
            {"a": None, "b": None},
            [],
        ),
        (object_of("a", a=INTEGER), {"a": None}, [wrong("a", NONE_GIVEN)]),
        (object_of(a={**INTEGER, "default": 1}), {"a": None}, [wrong("a", NONE_GIVEN)]),
        (object_of(a={"allOf": [INTEGER]}), {"a": None}, [wrong("a", NONE_GIVEN)]),
        (object_of(o=object_of(q=INTEGER)), {"o": {"q": None}}, []),
        (object_of(a=INTEGER), {"a": "x"}, [wrong("a", "'x' is not valid under any of the given schemas")]),
        # What is said in place of a value.
        (object_of(a=INTEGER), {"a": {"__prefect_kind": "json", "value": "12"}}, []),
        (object_of(a=INTEGER), {"a": {"__prefect_kind": "none", "value": 3}}, []),
        (object_of("a", a=INTEGER), {"a": {"__prefect_kind": "jinja", "template": "{{ x }}"}}, []),
        (
            object_of(a=INTEGER),
            {"a": {"__prefect_kind": "json", "value": "{bad"}},
            [wrong("a", "Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)")],
        ),
        (
            object_of(a=INTEGER),
            {"a": {"__prefect_kind": "workspace_variable", "variable_name": "nope"}},
            [wrong("a", "Variable 'nope' not found in workspace.")],
        ),
    ],
)
def test_what_is_wrong_is_said_in_its_place(ask: InProcessAsk, schema: Any, values: Any, errors: Any) -> None:
    answered = validated(ask, schema, values)
    assert (answered.status, answered.body) == (200, {"errors": errors, "valid": not errors})


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "nonsense"}, "'nonsense' is not valid under any of the given schemas"),
        ({"properties": 3}, "3 is not of type 'object'"),
        ({"properties": {"a": {"pattern": "("}}}, "'(' is not a 'regex'"),
        ({"properties": {"a": {"$ref": "#/definitions/Nope"}}}, "the reference '/definitions/Nope' leads nowhere"),
        ({"$ref": "http://127.0.0.1:9/schema"}, "the reference 'http://127.0.0.1:9/schema' leads nowhere"),
        ({"$ref": "#"}, "it is too deep, or refers to itself without an end"),
    ],
)
def test_a_schema_that_is_none_is_refused(ask: InProcessAsk, schema: Any, reason: str) -> None:
    refused = validated(ask, schema, {"a": 1})
    assert refused.status == 422
    assert reason in refused.body["detail"]


@pytest.mark.parametrize("body", [{"schema": {}}, {"schema": [], "values": {}}, {"schema": {}, "values": 1}])
def test_both_have_to_be_given(ask: InProcessAsk, body: Any) -> None:
    assert ask("validate_values", body).status == 422


def test_without_the_library_it_is_said_what_to_install(ask: InProcessAsk, monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("jsonschema"):
            raise ModuleNotFoundError("No module named 'jsonschema'")
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    refused = validated(ask, {}, {})
    assert (refused.status, "pip install 'headrace[validation]'" in refused.body["detail"]) == (422, True)
