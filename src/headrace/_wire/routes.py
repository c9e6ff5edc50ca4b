"""The table of routes: everything that the control plane answers, for the client and for the server.

Schemas are named by import string, so that reading the table loads no schema (`codec.py` does). Paths stand below
`MOUNT`; `{id}` is a UUID. The first of `statuses` is the usual one; a second says that the call made the object.
"""

from typing import Literal

import msgspec

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

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route. Its name is the client's verb for it, and the operation's id in the OpenAPI document."""

    name: str
    method: Method
    path: str
    handler: str
    tag: str
    response: str | None = None
    is_list: bool = False  # the response is a list of its schema
    request: str | None = None
    is_request_optional: bool = False  # no body asks for the defaults
    query: str | None = None
    statuses: tuple[int, ...] = (200,)
    media: Literal["json", "msgpack"] = "json"
    writes: bool = False  # to the store: such calls are put in order by the server's writer
    hot: bool = False  # served ahead of all others
    versioned: bool = True  # refuses callers of an old protocol
    sees_reports: bool = True  # a client stores what its process has reported before it asks


ROUTES: tuple[Route, ...] = (
    # Flows
    Route(
        name="create_flow", method="POST", path="/flows/", tag="Flows",
        handler="headrace.server.api.flows:create_flow",
        request="headrace._wire.flows:FlowCreate", response="headrace._wire.flows:Flow",
        statuses=(200, 201), writes=True,
    ),
    Route(
        name="read_flow", method="GET", path="/flows/{id}", tag="Flows",
        handler="headrace.server.api.flows:read_flow", response="headrace._wire.flows:Flow",
    ),
    Route(
        name="read_flow_by_name", method="GET", path="/flows/name/{name}", tag="Flows",
        handler="headrace.server.api.flows:read_flow_by_name", response="headrace._wire.flows:Flow",
    ),
    Route(
        name="read_flows", method="POST", path="/flows/filter", tag="Flows",
        handler="headrace.server.api.flows:read_flows",
        request="headrace._wire.queries:FlowQuery", is_request_optional=True,
        response="headrace._wire.flows:Flow", is_list=True,
    ),
    # Flow runs
    Route(
        name="create_flow_run", method="POST", path="/flow_runs/", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:create_flow_run",
        request="headrace._wire.flow_runs:FlowRunCreate", response="headrace._wire.flow_runs:FlowRunResponse",
        statuses=(200, 201), writes=True, hot=True,
    ),
    Route(
        name="read_flow_run", method="GET", path="/flow_runs/{id}", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:read_flow_run", response="headrace._wire.flow_runs:FlowRunResponse",
    ),
    Route(
        name="read_flow_runs", method="POST", path="/flow_runs/filter", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:read_flow_runs",
        request="headrace._wire.queries:FlowRunQuery", is_request_optional=True,
        response="headrace._wire.flow_runs:FlowRunResponse", is_list=True, hot=True,
    ),
    Route(
        name="count_flow_runs", method="POST", path="/flow_runs/count", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:count_flow_runs",
        request="headrace._wire.queries:FlowRunCount", is_request_optional=True, response="builtins:int",
    ),
    Route(
        name="set_flow_run_state", method="POST", path="/flow_runs/{id}/set_state", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:set_flow_run_state",
        request="headrace._wire.states:SetStateBody", response="headrace._wire.states:OrchestrationResult",
        statuses=(200, 201), writes=True, hot=True,
    ),
    Route(
        name="delete_flow_run", method="DELETE", path="/flow_runs/{id}", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:delete_flow_run", statuses=(204,), writes=True,
    ),
    Route(
        name="read_flow_run_states", method="GET", path="/flow_run_states/", tag="Flow Run States",
        handler="headrace.server.api.flow_run_states:read_flow_run_states",
        query="headrace._wire.states:StatesOfFlowRun", response="headrace._wire.states:State", is_list=True,
    ),
    Route(
        name="read_flow_run_state", method="GET", path="/flow_run_states/{id}", tag="Flow Run States",
        handler="headrace.server.api.flow_run_states:read_flow_run_state", response="headrace._wire.states:State",
    ),
    # Task runs
    Route(
        name="read_task_run", method="GET", path="/task_runs/{id}", tag="Task Runs",
        handler="headrace.server.api.task_runs:read_task_run", response="headrace._wire.task_runs:TaskRun",
    ),
    Route(
        name="read_task_runs", method="POST", path="/task_runs/filter", tag="Task Runs",
        handler="headrace.server.api.task_runs:read_task_runs",
        request="headrace._wire.queries:TaskRunQuery", is_request_optional=True,
        response="headrace._wire.task_runs:TaskRun", is_list=True,
    ),
    Route(
        name="count_task_runs", method="POST", path="/task_runs/count", tag="Task Runs",
        handler="headrace.server.api.task_runs:count_task_runs",
        request="headrace._wire.queries:TaskRunCount", is_request_optional=True, response="builtins:int",
    ),
    Route(
        name="read_task_run_states", method="GET", path="/task_run_states/", tag="Task Run States",
        handler="headrace.server.api.task_run_states:read_task_run_states",
        query="headrace._wire.states:StatesOfTaskRun", response="headrace._wire.states:State", is_list=True,
    ),
    # Logs
    Route(
        name="read_logs", method="POST", path="/logs/filter", tag="Logs",
        handler="headrace.server.api.logs:read_logs",
        request="headrace._wire.queries:LogQuery", is_request_optional=True,
        response="headrace._wire.logs:Log", is_list=True,
    ),
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
