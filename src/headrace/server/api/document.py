"""The OpenAPI document: what the table's routes take and answer.

Pydantic describes their schemas; what stands around them is said here, as OpenAPI 3.1 has it. It takes a while, and
most servers are never asked: so the document is made when somebody first asks for it.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal

import msgspec
from pydantic import TypeAdapter

from headrace._wire.codec import query_schema, request_schema, response_schema
from headrace._wire.refusal import Refusal
from headrace._wire.routes import MOUNT, Route
from headrace.server.api.admin import RELEASE
from headrace.server.api.dispatch import Bound, bind_all

__all__ = ["openapi", "openapi_json"]

_Mode = Literal["validation", "serialization"]
_Json = dict[str, Any]
# By the name of a route, whether it is what is read of a request or written of an answer.
_Bodies = dict[tuple[str, _Mode], _Json]

_COMPONENTS: Final = "#/components/schemas/"
_REFUSAL: Final = "of any route"
_BINARY: Final[_Json] = {"type": "string", "format": "binary"}


@cache
def openapi_json() -> bytes:
    """The document's bytes."""
    return msgspec.json.encode(openapi())


def openapi() -> dict[str, Any]:
    """The document."""
    every = bind_all()
    adapters = [of_route for bound in every for of_route in _adapters(bound.route)]
    bodies, definitions = TypeAdapter.json_schemas(
        [*adapters, (_REFUSAL, "serialization", TypeAdapter(Refusal))], ref_template=f"{_COMPONENTS}{{model}}"
    )
    paths: dict[str, _Json] = {}
    for bound in every:
        paths.setdefault(bound.route.path, {})[bound.route.method.lower()] = _operation(bound, bodies)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Headrace", "version": RELEASE},
        "servers": [{"url": MOUNT}],
        "paths": paths,
        "components": {"schemas": definitions["$defs"]},
    }


def _adapters(route: Route) -> Iterator[tuple[str, _Mode, TypeAdapter[Any]]]:
    """What describes the bodies of a route, where they are JSON."""
    if route.media == "json":
        if route.request is not None:
            yield route.name, "validation", TypeAdapter(request_schema(route))
        if route.response is not None:
            yield route.name, "serialization", TypeAdapter(response_schema(route))


def _operation(bound: Bound, bodies: _Bodies) -> _Json:
    route = bound.route
    operation: _Json = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": (bound.handler.__doc__ or route.name).partition("\n")[0],
        "responses": _responses(bound, bodies),
    }
    parameters = [*_of_path(route.path), *_of_query(route)]
    if parameters:
        operation["parameters"] = parameters
    if bound.request is not None:
        operation["requestBody"] = _request_body(route, bound.request.content_type, bodies)
    return operation


def _of_path(path: str) -> Iterator[_Json]:
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "string", "format": "uuid"} if name == "id" else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _of_query(route: Route) -> Iterator[_Json]:
    query = query_schema(route)
    if query is None:
        return
    fields = query.model_json_schema()
    for name, schema in fields["properties"].items():
        yield {"name": name, "in": "query", "required": name in fields.get("required", ()), "schema": schema}


def _request_body(route: Route, content_type: str, bodies: _Bodies) -> _Json:
    schema = bodies.get((route.name, "validation"), _BINARY)
    if route.is_request_optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {"required": not route.is_request_optional, "content": {content_type: {"schema": schema}}}


def _responses(bound: Bound, bodies: _Bodies) -> _Json:
    usual, *made = bound.route.statuses
    content = (
        {} if usual == 204 else {"content": {bound.content_type.partition(";")[0]: _answered(bound.route, bodies)}}
    )
    return {
        str(usual): {"description": "Done", **content},
        **{str(status): {"description": "Made by this call", **content} for status in made},
        "4XX": _refused("Refused: why, and of a request that does not fit, where", bodies),
        "503": _refused("The store cannot be used now: ask again", bodies),
    }


def _answered(route: Route, bodies: _Bodies) -> _Json:
    if route.response is None:
        return {"schema": {"type": "null"}}
    return {
        "schema": {"type": "string"} if route.media == "csv" else bodies.get((route.name, "serialization"), _BINARY)
    }


def _refused(description: str, bodies: _Bodies) -> _Json:
    content = {"application/json": {"schema": bodies[_REFUSAL, "serialization"]}}
    return {"description": description, "content": content}
