"""The composition root of the server: the store, where handlers run, and the routes of the table behind HTTP.

Hot routes stand first, as bare ASGI applications; FastAPI routes the others, and documents all of them.
"""

import inspect
import re
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from headrace._wire.codec import query_schema, request_schema, response_schema
from headrace._wire.routes import MOUNT
from headrace.server.api.admin import RELEASE
from headrace.server.api.dispatch import Bound, bind_all
from headrace.server.api.guard import Guard
from headrace.server.api.http_door import HttpDoor, Scope
from headrace.server.store.transactions import Store
from headrace.server.writer import ServerWork

__all__ = ["create_app"]


def create_app(store: Store, auth_string: str | None = None) -> Starlette:
    """The server's application on an open store, which stays the caller's to close.

    With `auth_string` ("user:password"), its API asks everybody for that.
    """
    work = ServerWork(store)
    doors = [(bound, HttpDoor(bound, work)) for bound in bind_all()]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        yield
        work.close()

    def about(request: Request) -> Response:
        return JSONResponse(
            {
                "name": "Headrace",
                "version": RELEASE,
                "api": f"{MOUNT}/",
                "documentation": f"{MOUNT}/openapi.json",
            }
        )

    hot = [
        Route(MOUNT + _pattern(bound), door, methods=[bound.route.method]) for bound, door in doors if bound.route.hot
    ]
    return Starlette(
        routes=[*hot, Route("/", about), Mount(MOUNT, _documented(doors, RELEASE))],
        middleware=[Middleware(Guard, auth_string)] if auth_string is not None else [],
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_error},
    )


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


def _pattern(bound: Bound) -> str:
    return bound.route.path.replace("{id}", "{id:uuid}")


def _documented(doors: Sequence[tuple[Bound, HttpDoor]], release: str) -> FastAPI:
    """All routes, described by their schemas."""
    # No pages of documentation: those that FastAPI has load their scripts from elsewhere.
    app = FastAPI(title="Headrace", version=release, docs_url=None, redoc_url=None)
    for bound, door in doors:
        route = bound.route
        app.router.add_api_route(
            _pattern(bound),
            _signature(bound),
            methods=[route.method],
            name=route.name,
            operation_id=route.name,
            tags=[route.tag],
            summary=_summary(bound),
            status_code=route.statuses[0],
            response_model=response_schema(route) if route.media == "json" else None,
            responses={status: {"description": "Made by this call"} for status in route.statuses[1:]},
            openapi_extra=_msgpack_body() if route.media == "msgpack" else None,
            route_class_override=_through(door),
        )
    return app


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


def _through(door: HttpDoor) -> type[APIRoute]:
    """A FastAPI route that is documented by its signature, and answered by the door."""

    class DoorRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            async def answer(request: Request) -> Response:
                return _DoorResponse(door)

            return answer

    return DoorRoute


class _DoorResponse(Response):
    """A response that the door gives by itself."""

    def __init__(self, door: HttpDoor) -> None:
        super().__init__()
        self._door = door

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        await self._door(scope, receive, send)
