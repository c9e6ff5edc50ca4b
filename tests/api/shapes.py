"""The shapes of an OpenAPI document: names and types of fields, defaults, what is required; no prose.

`python -m tests.api.shapes OPENAPI.json` writes down those of the reference for the routes that the table has.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from headrace._wire.routes import ROUTES

__all__ = ["REFERENCE", "route_shapes", "schema_shapes"]

REFERENCE = Path(__file__).with_name("reference_shapes.json")

# The reference names the bodies of its queries after its functions; these are the same bodies under our names.
BODIES = {
    "Body_read_flows_flows_filter_post": "FlowQuery",
    "Body_read_flow_runs_flow_runs_filter_post": "FlowRunQuery",
    "Body_count_flow_runs_flow_runs_count_post": "FlowRunCount",
    "Body_read_task_runs_task_runs_filter_post": "TaskRunQuery",
    "Body_count_task_runs_task_runs_count_post": "TaskRunCount",
    "Body_read_logs_logs_filter_post": "LogQuery",
    "Body_count_flows_flows_count_post": "FlowCount",
    "Body_paginate_flows_flows_paginate_post": "FlowPageQuery",
    "Body_paginate_flow_runs_flow_runs_paginate_post": "FlowRunPageQuery",
    "Body_average_flow_run_lateness_flow_runs_lateness_post": "FlowRunCount",
    "Body_flow_run_history_flow_runs_history_post": "FlowRunHistoryQuery",
    "Body_paginate_task_runs_task_runs_paginate_post": "TaskRunPageQuery",
    "Body_task_run_history_task_runs_history_post": "TaskRunHistoryQuery",
    "Body_bulk_delete_flows_flows_bulk_delete_post": "FlowBulkDeletion",
    "Body_bulk_delete_flow_runs_flow_runs_bulk_delete_post": "FlowRunBulkDeletion",
    "Body_bulk_set_flow_run_state_flow_runs_bulk_set_state_post": "FlowRunBulkStates",
    "Body_create_flow_run_input_flow_runs__id__input_post": "FlowRunInputCreate",
    "Body_filter_flow_run_input_flow_runs__id__input_filter_post": "FlowRunInputFilter",
    "Body_resume_flow_run_flow_runs__id__resume_post": "ResumeBody",
    "Body_set_task_run_state_task_runs__id__set_state_post": "SetStateBody",
    "Body_read_saved_searches_saved_searches_filter_post": "SavedSearchQuery",
    "Body_read_task_run_counts_by_state_ui_task_runs_count_post": "TaskRunCount",
    "Body_count_task_runs_by_flow_run_ui_flow_runs_count_task_runs_post": "FlowRunIds",
    "Body_read_flow_run_history_ui_flow_runs_history_post": "SimpleFlowRunQuery",
    "Body_count_deployments_by_flow_ui_flows_count_deployments_post": "FlowIds",
    "Body_next_runs_by_flow_ui_flows_next_runs_post": "FlowIds",
    "Body_bulk_increment_active_slots_with_lease_v2_concurrency_limits_increment_with_lease_post": "SlotsWithLease",
    "Body_bulk_decrement_active_slots_with_lease_v2_concurrency_limits_decrement_with_lease_post": "LeaseRelease",
    "Body_renew_concurrency_lease_v2_concurrency_limits_leases__lease_id__renew_post": "LeaseRenewal",
    "Body_read_dashboard_task_run_counts_ui_task_runs_dashboard_counts_post": "DashboardQuery",
    "Body_read_events_events_filter_post": "EventQuery",
    "Body_count_account_events_events_count_by__countable__post": "EventCountQuery",
    "Body_set_flow_run_state_flow_runs__id__set_state_post": "SetStateBody",
    "Body_validate_obj_ui_schemas_validate_post": "SchemaValidation",
}
# Routes whose answers are our own: the settings of Headrace are not those of the reference, which names no fields of
# the counts of a dashboard.
OWN_ANSWERS = {"GET /admin/settings", "POST /ui/task_runs/dashboard/counts"}
# What the reference does not have.
OWN = "/headrace/"


def type_text(schema: dict[str, Any]) -> str:
    """A field's type, written so that two ways of saying the same are one text."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return BODIES.get(name, name)
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return "|".join(sorted({type_text(part) for part in schema[union]}))
    if "const" in schema:
        return repr(schema["const"])
    if "enum" in schema:
        return "|".join(sorted(map(repr, schema["enum"])))
    kind = schema.get("format") or schema.get("type") or "any"
    if schema.get("type") == "array":
        return f"[{type_text(schema.get('items', {}))}]"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{{{type_text(schema['additionalProperties'])}}}"
    bounds = [f"{key}={schema[key]:g}" for key in ("minimum", "maximum", "maxLength") if key in schema]
    return " ".join([kind, *bounds, *([f"pattern={schema['pattern']}"] if "pattern" in schema else [])])


def schema_shapes(document: dict[str, Any]) -> dict[str, Any]:
    """Schema -> its fields and which are required, or its words."""
    shapes: dict[str, Any] = {}
    for name, schema in document["components"]["schemas"].items():
        if any(body in document["components"]["schemas"] for body, ours in BODIES.items() if ours == name):
            continue  # another schema of the reference, that bears the name of one of our bodies
        if "enum" in schema:
            shapes[BODIES.get(name, name)] = {"words": schema["enum"]}
            continue
        fields: dict[str, dict[str, Any]] = {}
        for field, described in schema.get("properties", {}).items():
            fields[field] = {"type": type_text(described)}
            if described.get("default") is not None:
                fields[field]["default"] = described["default"]
        shapes[BODIES.get(name, name)] = {"required": sorted(schema.get("required", [])), "fields": fields}
    return shapes


def route_shapes(document: dict[str, Any]) -> dict[str, Any]:
    """Method and path -> schema of the body, of the answer, and the names in the query."""
    return {
        f"{method.upper()} {path}": {
            "request": _content(operation.get("requestBody", {})),
            "response": _content(operation["responses"].get("200", {})),
            "query": [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"],
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def _content(part: dict[str, Any]) -> str | None:
    schema = part.get("content", {}).get("application/json", {}).get("schema")
    return None if not schema else type_text(schema)


def _named(shape: Any, known: set[str]) -> set[str]:
    """The schemas that a shape speaks of."""
    return set(re.findall(r"\w+", json.dumps(shape))) & known


def reference_shapes(document: dict[str, Any]) -> dict[str, Any]:
    """The part of the reference that the table of routes is held to."""
    wanted = {f"{route.method} {route.path}" for route in ROUTES if not route.path.startswith(OWN)}
    routes = {key: shape for key, shape in route_shapes(document).items() if key in wanted}
    for key in OWN_ANSWERS & routes.keys():
        routes[key]["response"] = None
    all_schemas = schema_shapes(document)
    schemas: dict[str, Any] = {}
    waiting = _named(routes, set(all_schemas))
    while waiting:
        schemas |= {name: all_schemas[name] for name in waiting}
        waiting = {inner for name in waiting for inner in _named(schemas[name], set(all_schemas))} - set(schemas)
    return {"routes": routes, "schemas": dict(sorted(schemas.items()))}


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    REFERENCE.write_text(json.dumps(reference_shapes(read), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
