"""The table of routes: everything that the control plane answers, for the client and for the server.

Schemas are named by import string, so that reading the table loads no schema (`codec.py` does). Paths stand below
`MOUNT`; `{id}` is a UUID. The first of `statuses` is the usual one; a second says that the call made the object.
"""

from headrace._wire.route import Route
from headrace._wire.run_routes import RUN_ROUTES

__all__ = [
    "API_VERSION",
    "API_VERSION_HEADER",
    "BY_NAME",
    "COMPATIBLE_VERSION",
    "MOUNT",
    "OLDEST_API_VERSION",
    "ROUTES",
    "Route",
]

MOUNT = "/api"

API_VERSION = "0.8.4"
"""The version of the wire protocol that this code speaks."""

OLDEST_API_VERSION = "0.8.0"
"""Callers that speak an older one are refused."""

API_VERSION_HEADER = "X-PREFECT-API-VERSION"

COMPATIBLE_VERSION = "3.9.1"
"""The server that this API stands in for: its clients refuse another major version, and warn of an older one."""

ROUTES: tuple[Route, ...] = (
    *RUN_ROUTES,
    # The server itself
    Route(
        name="hello", method="GET", path="/hello", tag="Root",
        handler="headrace.server.api.admin:hello", response="builtins:str", sees_reports=False,
    ),
    Route(
        name="api_healthcheck", method="GET", path="/health", tag="Root",
        handler="headrace.server.api.admin:health", response="builtins:bool", versioned=False, sees_reports=False,
    ),
    Route(
        name="api_readiness", method="GET", path="/ready", tag="Root",
        handler="headrace.server.api.admin:ready", response="headrace._wire.admin:Ready", sees_reports=False,
    ),
    Route(
        name="read_protocol_version", method="GET", path="/version", tag="Root",
        handler="headrace.server.api.admin:protocol_version", response="builtins:str",
        versioned=False, sees_reports=False,
    ),
    Route(
        name="api_version", method="GET", path="/admin/version", tag="Admin",
        handler="headrace.server.api.admin:version", response="builtins:str", sees_reports=False,
    ),
    Route(
        name="create_csrf_token", method="GET", path="/csrf-token", tag="Root",
        handler="headrace.server.api.admin:create_csrf_token",
        query="headrace._wire.admin:CsrfTokenQuery", response="headrace._wire.admin:CsrfToken", sees_reports=False,
    ),
    # Journals of scripts that reach the control plane over HTTP: the structs of `_stream`, as msgpack
    Route(
        name="ingest_journal", method="POST", path="/headrace/journals/ingest", tag="Journals",
        handler="headrace.server.api.journals:ingest", media="msgpack",
        request="headrace._stream:Batch", response="headrace._stream:IngestReply",
        writes=True, hot=True, sees_reports=False,
    ),
    Route(
        name="read_journal_cursors", method="POST", path="/headrace/journals/cursors", tag="Journals",
        handler="headrace.server.api.journals:cursors", media="msgpack",
        request="headrace._stream:JournalIdentity", response="headrace._wire.journals:Cursors", sees_reports=False,
    ),
    Route(
        name="bury_journal", method="POST", path="/headrace/journals/bury", tag="Journals",
        handler="headrace.server.api.journals:bury", media="msgpack",
        request="headrace._wire.journals:Obituary", response="headrace._stream:Burial", writes=True, sees_reports=False,
    ),
    Route(
        name="is_journal_buried", method="POST", path="/headrace/journals/is_buried", tag="Journals",
        handler="headrace.server.api.journals:is_buried", media="msgpack",
        request="headrace._stream:JournalIdentity", response="builtins:bool", sees_reports=False,
    ),
    Route(
        name="read_journal_directives", method="POST", path="/headrace/journals/directives", tag="Journals",
        handler="headrace.server.api.journals:directives", media="msgpack",
        request="headrace._stream:JournalIdentity", response="headrace._stream:Directives", sees_reports=False,
    ),
)  # fmt: skip
"""Every route, by aggregate."""

BY_NAME: dict[str, Route] = {route.name: route for route in ROUTES}
"""The same, for who knows which one."""
