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
    # Saved searches
    Route(
        name="create_saved_search", method="PUT", path="/saved_searches/", tag="SavedSearches",
        handler="headrace.server.api.saved_searches:create_saved_search",
        request="headrace._wire.saved_searches:SavedSearchCreate",
        response="headrace._wire.saved_searches:SavedSearch", statuses=(200, 201), writes=True, repeats=True,
    ),
    Route(
        name="read_saved_search", method="GET", path="/saved_searches/{id}", tag="SavedSearches",
        handler="headrace.server.api.saved_searches:read_saved_search",
        response="headrace._wire.saved_searches:SavedSearch",
    ),
    Route(
        name="read_saved_searches", method="POST", path="/saved_searches/filter", tag="SavedSearches",
        handler="headrace.server.api.saved_searches:read_saved_searches",
        request="headrace._wire.saved_searches:SavedSearchQuery", is_request_optional=True,
        response="headrace._wire.saved_searches:SavedSearch", is_list=True,
    ),
    Route(
        name="delete_saved_search", method="DELETE", path="/saved_searches/{id}", tag="SavedSearches",
        handler="headrace.server.api.saved_searches:delete_saved_search", statuses=(204,), writes=True,
    ),
    # Events
    Route(
        name="create_events", method="POST", path="/events", tag="Events",
        handler="headrace.server.api.events:create_events", request="headrace._wire.events:Events",
        statuses=(204,), writes=True,
    ),
    Route(
        name="read_events", method="POST", path="/events/filter", tag="Events",
        handler="headrace.server.api.events:read_events", request="headrace._wire.events:EventQuery",
        is_request_optional=True, response="headrace._wire.events:EventPage", sees_url=True,
    ),
    Route(
        name="read_next_events", method="GET", path="/events/filter/next", tag="Events",
        handler="headrace.server.api.events:read_next_events", query="headrace._wire.events:EventPageQuery",
        response="headrace._wire.events:EventPage", sees_url=True,
    ),
    Route(
        name="count_events_by", method="POST", path="/events/count-by/{countable}", tag="Events",
        handler="headrace.server.api.events:count_events_by", request="headrace._wire.events:EventCountQuery",
        response="headrace._wire.events:EventCount", is_list=True,
    ),
    # Concurrency limits
    Route(
        name="increment_concurrency_slots_with_lease", method="POST",
        path="/v2/concurrency_limits/increment-with-lease", tag="Concurrency Limits V2",
        handler="headrace.server.api.concurrency_limits:increment_slots_with_lease",
        request="headrace._wire.concurrency_limits:SlotsWithLease",
        response="headrace._wire.concurrency_limits:ConcurrencyLimitWithLeaseResponse", sees_reports=False,
    ),
    Route(
        name="release_concurrency_slots_with_lease", method="POST",
        path="/v2/concurrency_limits/decrement-with-lease", tag="Concurrency Limits V2",
        handler="headrace.server.api.concurrency_limits:release_lease",
        request="headrace._wire.concurrency_limits:LeaseRelease", statuses=(204,), sees_reports=False,
    ),
    Route(
        name="renew_concurrency_lease", method="POST", path="/v2/concurrency_limits/leases/{lease_id}/renew",
        tag="Concurrency Limits V2", handler="headrace.server.api.concurrency_limits:renew_lease",
        request="headrace._wire.concurrency_limits:LeaseRenewal", is_request_optional=True, statuses=(204,),
        sees_reports=False,
    ),
    # What pages ask
    Route(
        name="read_task_run_counts_by_state", method="POST", path="/ui/task_runs/count", tag="UI",
        handler="headrace.server.api.ui:read_task_run_counts_by_state",
        request="headrace._wire.queries:TaskRunCount", is_request_optional=True,
        response="headrace._wire.ui:CountByState",
    ),
    Route(
        name="read_dashboard_task_run_counts", method="POST", path="/ui/task_runs/dashboard/counts", tag="UI",
        handler="headrace.server.api.ui:read_dashboard_task_run_counts",
        request="headrace._wire.ui:DashboardQuery", response="headrace._wire.ui:DashboardCount", is_list=True,
    ),
    Route(
        name="read_task_run_with_flow_run_name", method="GET", path="/ui/task_runs/{id}", tag="UI",
        handler="headrace.server.api.ui:read_task_run_with_flow_run_name", response="headrace._wire.ui:UITaskRun",
    ),
    Route(
        name="count_task_runs_by_flow_run", method="POST", path="/ui/flow_runs/count-task-runs", tag="UI",
        handler="headrace.server.api.ui:count_task_runs_by_flow_run",
        request="headrace._wire.ui:FlowRunIds", response="headrace._wire.ui:Counts",
    ),
    Route(
        name="read_flow_run_points", method="POST", path="/ui/flow_runs/history", tag="UI",
        handler="headrace.server.api.ui:read_flow_run_points",
        request="headrace._wire.ui:SimpleFlowRunQuery", is_request_optional=True,
        response="headrace._wire.ui:SimpleFlowRun", is_list=True,
    ),
    Route(
        name="count_deployments_by_flow", method="POST", path="/ui/flows/count-deployments", tag="UI",
        handler="headrace.server.api.ui:count_deployments_by_flow",
        request="headrace._wire.ui:FlowIds", response="headrace._wire.ui:Counts",
    ),
    Route(
        name="next_runs_by_flow", method="POST", path="/ui/flows/next-runs", tag="UI",
        handler="headrace.server.api.ui:next_runs_by_flow",
        request="headrace._wire.ui:FlowIds", response="headrace._wire.ui:NextRuns",
    ),
    Route(
        name="validate_values", method="POST", path="/ui/schemas/validate", tag="UI",
        handler="headrace.server.api.schema_validation:validate_values",
        request="headrace._wire.schema_validation:SchemaValidation",
        response="headrace._wire.schema_validation:SchemaValuesValidationResponse", sees_reports=False,
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
        name="read_settings", method="GET", path="/admin/settings", tag="Admin",
        handler="headrace.server.api.admin:read_settings", response="typing:Any", sees_reports=False,
    ),
    Route(
        name="read_server_default_result_storage", method="GET", path="/admin/storage", tag="Admin",
        handler="headrace.server.api.admin:read_default_result_storage",
        response="headrace._wire.admin:ServerDefaultResultStorage", sees_reports=False,
    ),
    Route(
        name="update_server_default_result_storage", method="PUT", path="/admin/storage", tag="Admin",
        handler="headrace.server.api.admin:update_default_result_storage",
        request="headrace._wire.admin:ServerDefaultResultStorageUpdate",
        response="headrace._wire.admin:ServerDefaultResultStorage", sees_reports=False,
    ),
    Route(
        name="clear_server_default_result_storage", method="DELETE", path="/admin/storage", tag="Admin",
        handler="headrace.server.api.admin:clear_default_result_storage", statuses=(204,), sees_reports=False,
    ),
    Route(
        name="clear_database", method="POST", path="/headrace/database/clear", tag="Admin",
        handler="headrace.server.api.admin:clear_database", request="headrace._wire.admin:Clearing",
        statuses=(204,), writes=True,
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
    Route(
        name="renew_journal_lease", method="POST", path="/headrace/journals/renew_lease", tag="Journals",
        handler="headrace.server.api.journals:renew_lease", media="msgpack",
        request="headrace._wire.journals:LeaseRenewal", response="builtins:bool",
        writes=True, repeats=True, sees_reports=False,
    ),
)  # fmt: skip
"""Every route, by aggregate."""

BY_NAME: dict[str, Route] = {route.name: route for route in ROUTES}
"""The same, for who knows which one."""
