"""The OpenAPI document: what the table's routes take and answer, described by their schemas.

FastAPI writes it. It answers no request, so the server loads it only when somebody asks for the document.
"""

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, Response

from headrace._wire.codec import query_schema, request_schema, response_schema
from headrace._wire.refusal import Refusal
from headrace._wire.routes import MOUNT
from headrace.server.api.admin import RELEASE
from headrace.server.api.dispatch import Bound, bind_all

__all__ = ["openapi", "openapi_json"]


@cache
def openapi_json() -> bytes:
    """The document's bytes."""
    return msgspec.json.encode(openapi())


def openapi() -> dict[str, Any]:
    """The document."""
    app = FastAPI(title="Headrace", version=RELEASE, servers=[{"url": MOUNT}])
    for bound in bind_all():
        route = bound.route
        app.add_api_route(
            route.path,
            _signature(bound),
            methods=[route.method],
            name=route.name,
            operation_id=route.name,
            tags=[route.tag],
            summary=_summary(bound),
            status_code=route.statuses[0],
            response_model=response_schema(route) if route.media == "json" else None,
            response_class=JSONResponse if route.media == "json" else _answer_class(bound.content_type),
            responses={
                **{status: {"description": "Made by this call"} for status in route.statuses[1:]},
                "4XX": {"model": Refusal, "description": "Refused: why, and of a request that does not fit, where"},
                "503": {"model": Refusal, "description": "The store cannot be used now: ask again"},
            },
            openapi_extra=_msgpack_body() if route.media == "msgpack" else None,
        )
    return app.openapi()


def _answer_class(content_type: str) -> type[Response]:
    return type("Answer", (Response,), {"media_type": content_type.partition(";")[0]})


def _summary(bound: Bound) -> str:
    return (bound.handler.__doc__ or bound.route.name).partition("\n")[0]


def _signature(bound: Bound) -> Callable[..., None]:
    """A function that is never called: its signature says to FastAPI what the route takes."""
    route = bound.route
    annotations: dict[str, Any] = {name: UUID if name == "id" else str for name in re.findall(r"{(\w+)}", route.path)}
    defaults: dict[str, Any] = {}
    if route.query is not None:
        annotations["query"] = Annotated[query_schema(route), Query()]
    if route.request is not None and route.media == "json":
        annotations["body"] = request_schema(route)
        if route.is_request_optional:
            annotations["body"] |= None
            defaults["body"] = None

    def described(**arguments: Any) -> None:
        """Stands for the handler."""

    kind = inspect.Parameter.KEYWORD_ONLY
    described.__dict__["__signature__"] = inspect.Signature(
        [
            inspect.Parameter(name, kind, annotation=annotation, default=defaults.get(name, inspect.Parameter.empty))
            for name, annotation in annotations.items()
        ]
    )
    return described


def _msgpack_body() -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/msgpack": {"schema": {"type": "string"}}}}}
