"""The composition root of the server: the store, where handlers run, and the routes of the table behind HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from headrace._kernel import late
from headrace._wire.routes import MOUNT
from headrace.server.api.access import Access, guards
from headrace.server.api.admin import RELEASE
from headrace.server.api.dispatch import Bound, bind_all
from headrace.server.api.events_in import EventIntake, EventsIn
from headrace.server.api.events_out import EVENT_STREAM
from headrace.server.api.http_door import METRICS_PATH, HttpDoor
from headrace.server.api.logs_out import LOG_STREAM
from headrace.server.api.metrics import CountedRequests, Metrics
from headrace.server.api.out_socket import OutSocket
from headrace.server.bus.bus import Bus
from headrace.server.store.transactions import Store
from headrace.server.writer import ServerWork

__all__ = ["create_app"]

_DOCUMENT = f"{MOUNT}/openapi.json"


def create_app(store: Store, access: Access = Access(), *, has_metrics: bool = True) -> Starlette:  # noqa: B008
    """The server's application on an open store, which stays the caller's to close; `access` says who may call.

    Without `has_metrics` nothing is told to Prometheus.
    """
    work = ServerWork(store)
    bus = Bus(work)
    work.committed = bus.tell
    intake = EventIntake(work)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        yield
        await intake.close()
        await bus.close()
        work.close()

    # Routes are tried in turn: those that runs wait for stand first.
    table = sorted(bind_all(), key=lambda bound: not bound.route.hot)
    sockets = {
        f"{MOUNT}/events/out": OutSocket(EVENT_STREAM, work, bus, access.auth_string),
        f"{MOUNT}/logs/out": OutSocket(LOG_STREAM, work, bus, access.auth_string),
        f"{MOUNT}/events/in": EventsIn(intake, access.auth_string),
    }
    metrics = Metrics(work)
    if has_metrics:
        metrics.lag.measure(table)
    routes = [
        *(_route(bound, work) for bound in table),
        Route("/", _about, name="about"),
        Route(_DOCUMENT, _document, name="document"),
    ]
    middleware = guards(access, store.store_id)
    if has_metrics:
        routes.append(Route(METRICS_PATH, metrics.page, name="metrics"))
        names = {route.endpoint: route.name for route in routes}
        middleware.insert(0, Middleware(CountedRequests, metrics.requests, names))
    return Starlette(
        routes=[
            *routes,
            *(WebSocketRoute(path, metrics.streams.counted(path, socket)) for path, socket in sockets.items()),
        ],
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_error},
    )


def _route(bound: Bound, work: ServerWork) -> Route:
    path = MOUNT + bound.route.path.replace("{id}", "{id:uuid}")
    route = Route(path, HttpDoor(bound, work), methods=[bound.route.method], name=bound.route.name)
    # Starlette adds HEAD to each GET; the door would answer it with a body.
    route.methods = {bound.route.method}
    return route


def _about(request: Request) -> Response:
    return JSONResponse({"name": "Headrace", "version": RELEASE, "api": f"{MOUNT}/", "documentation": _DOCUMENT})


def _document(request: Request) -> Response:
    return Response(late.load("openapi_json")(), media_type="application/json")


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
