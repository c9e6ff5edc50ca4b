"""The routes about flows, their runs, task runs, states and logs: the part of the table that clients use most."""

from typing import Final

from headrace._wire.route import Route

__all__ = ["RUN_ROUTES"]

RUN_ROUTES: Final[tuple[Route, ...]] = (
    # Flows
    Route(
        name="create_flow", method="POST", path="/flows/", tag="Flows",
        handler="headrace.server.api.flows:create_flow",
        request="headrace._wire.flows:FlowCreate", response="headrace._wire.flows:Flow",
        statuses=(200, 201), writes=True, repeats=True,
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
    Route(
        name="count_flows", method="POST", path="/flows/count", tag="Flows",
        handler="headrace.server.api.flows:count_flows",
        request="headrace._wire.queries:FlowCount", is_request_optional=True, response="builtins:int",
    ),
    Route(
        name="paginate_flows", method="POST", path="/flows/paginate", tag="Flows",
        handler="headrace.server.api.flows:paginate_flows",
        request="headrace._wire.queries:FlowPageQuery", is_request_optional=True,
        response="headrace._wire.flows:FlowPaginationResponse",
    ),
    Route(
        name="update_flow", method="PATCH", path="/flows/{id}", tag="Flows",
        handler="headrace.server.api.flows:update_flow", request="headrace._wire.flows:FlowUpdate",
        statuses=(204,), writes=True, repeats=True,
    ),
    Route(
        name="delete_flow", method="DELETE", path="/flows/{id}", tag="Flows",
        handler="headrace.server.api.flows:delete_flow", statuses=(204,), writes=True,
    ),
    Route(
        name="bulk_delete_flows", method="POST", path="/flows/bulk_delete", tag="Flows",
        handler="headrace.server.api.bulk:bulk_delete_flows",
        request="headrace._wire.bulk:FlowBulkDeletion", is_request_optional=True,
        response="headrace._wire.bulk:FlowBulkDeleteResponse", writes=True,
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
        name="paginate_flow_runs", method="POST", path="/flow_runs/paginate", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:paginate_flow_runs",
        request="headrace._wire.queries:FlowRunPageQuery", is_request_optional=True,
        response="headrace._wire.flow_runs:FlowRunPaginationResponse",
    ),
    Route(
        name="average_flow_run_lateness", method="POST", path="/flow_runs/lateness", tag="Flow Runs",
        handler="headrace.server.api.run_history:average_flow_run_lateness",
        request="headrace._wire.queries:FlowRunCount", is_request_optional=True,
        response="headrace._wire.history:Lateness",
    ),
    Route(
        name="flow_run_history", method="POST", path="/flow_runs/history", tag="Flow Runs",
        handler="headrace.server.api.run_history:flow_run_history",
        request="headrace._wire.history:FlowRunHistoryQuery",
        response="headrace._wire.history:HistoryResponse", is_list=True,
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
        name="update_flow_run", method="PATCH", path="/flow_runs/{id}", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:update_flow_run", request="headrace._wire.flow_runs:FlowRunUpdate",
        statuses=(204,), writes=True, repeats=True,
    ),
    Route(
        name="update_flow_run_labels", method="PATCH", path="/flow_runs/{id}/labels", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:update_flow_run_labels", request="headrace._wire.schema:Labels",
        statuses=(204,), writes=True, repeats=True,
    ),
    Route(
        name="resume_flow_run", method="POST", path="/flow_runs/{id}/resume", tag="Flow Runs",
        handler="headrace.server.api.flow_runs:resume_flow_run",
        request="headrace._wire.flow_run_inputs:ResumeBody", is_request_optional=True,
        response="headrace._wire.states:OrchestrationResult", statuses=(200, 201), writes=True,
    ),
    Route(
        name="bulk_set_flow_run_state", method="POST", path="/flow_runs/bulk_set_state", tag="Flow Runs",
        handler="headrace.server.api.bulk:bulk_set_flow_run_state", request="headrace._wire.bulk:FlowRunBulkStates",
        response="headrace._wire.bulk:FlowRunBulkSetStateResponse", writes=True,
    ),
    Route(
        name="bulk_delete_flow_runs", method="POST", path="/flow_runs/bulk_delete", tag="Flow Runs",
        handler="headrace.server.api.bulk:bulk_delete_flow_runs",
        request="headrace._wire.bulk:FlowRunBulkDeletion", is_request_optional=True,
        response="headrace._wire.bulk:FlowRunBulkDeleteResponse", writes=True,
    ),
    Route(
        name="create_flow_run_input", method="POST", path="/flow_runs/{id}/input", tag="Flow Runs",
        handler="headrace.server.api.flow_run_inputs:create_flow_run_input",
        request="headrace._wire.flow_run_inputs:FlowRunInputCreate", statuses=(201,), writes=True,
    ),
    Route(
        name="filter_flow_run_input", method="POST", path="/flow_runs/{id}/input/filter", tag="Flow Runs",
        handler="headrace.server.api.flow_run_inputs:filter_flow_run_input",
        request="headrace._wire.flow_run_inputs:FlowRunInputFilter",
        response="headrace._wire.flow_run_inputs:FlowRunInput", is_list=True,
    ),
    Route(
        name="read_flow_run_input", method="GET", path="/flow_runs/{id}/input/{key}", tag="Flow Runs",
        handler="headrace.server.api.flow_run_inputs:read_flow_run_input", response="typing:Any",
    ),
    Route(
        name="delete_flow_run_input", method="DELETE", path="/flow_runs/{id}/input/{key}", tag="Flow Runs",
        handler="headrace.server.api.flow_run_inputs:delete_flow_run_input", statuses=(204,), writes=True,
    ),
    Route(
        name="read_flow_run_graph_v1", method="GET", path="/flow_runs/{id}/graph", tag="Flow Runs",
        handler="headrace.server.api.run_graph:read_flow_run_graph_v1",
        response="headrace._wire.run_graph:DependencyResult", is_list=True,
    ),
    Route(
        name="read_flow_run_graph_v2", method="GET", path="/flow_runs/{id}/graph-v2", tag="Flow Runs",
        handler="headrace.server.api.run_graph:read_flow_run_graph_v2",
        query="headrace._wire.run_graph:GraphQuery", response="headrace._wire.run_graph:Graph",
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
        name="paginate_task_runs", method="POST", path="/task_runs/paginate", tag="Task Runs",
        handler="headrace.server.api.task_runs:paginate_task_runs",
        request="headrace._wire.queries:TaskRunPageQuery", is_request_optional=True,
        response="headrace._wire.task_runs:TaskRunPaginationResponse",
    ),
    Route(
        name="task_run_history", method="POST", path="/task_runs/history", tag="Task Runs",
        handler="headrace.server.api.run_history:task_run_history",
        request="headrace._wire.history:TaskRunHistoryQuery",
        response="headrace._wire.history:HistoryResponse", is_list=True,
    ),
    Route(
        name="create_task_run", method="POST", path="/task_runs/", tag="Task Runs",
        handler="headrace.server.api.task_runs:create_task_run", request="headrace._wire.task_runs:TaskRunCreate",
        response="headrace._wire.task_runs:TaskRun", statuses=(200, 201), writes=True,
    ),
    Route(
        name="update_task_run", method="PATCH", path="/task_runs/{id}", tag="Task Runs",
        handler="headrace.server.api.task_runs:update_task_run", request="headrace._wire.task_runs:TaskRunUpdate",
        statuses=(204,), writes=True, repeats=True,
    ),
    Route(
        name="delete_task_run", method="DELETE", path="/task_runs/{id}", tag="Task Runs",
        handler="headrace.server.api.task_runs:delete_task_run", statuses=(204,), writes=True,
    ),
    Route(
        name="set_task_run_state", method="POST", path="/task_runs/{id}/set_state", tag="Task Runs",
        handler="headrace.server.api.task_runs:set_task_run_state", request="headrace._wire.states:SetStateBody",
        response="headrace._wire.states:OrchestrationResult", statuses=(200, 201), writes=True,
    ),
    Route(
        name="read_task_run_states", method="GET", path="/task_run_states/", tag="Task Run States",
        handler="headrace.server.api.task_run_states:read_task_run_states",
        query="headrace._wire.states:StatesOfTaskRun", response="headrace._wire.states:State", is_list=True,
    ),
    Route(
        name="read_task_run_state", method="GET", path="/task_run_states/{id}", tag="Task Run States",
        handler="headrace.server.api.task_run_states:read_task_run_state", response="headrace._wire.states:State",
    ),
    # Logs
    Route(
        name="download_logs", method="GET", path="/flow_runs/{id}/logs/download", tag="Flow Runs",
        handler="headrace.server.api.logs:download_logs", response="builtins:str", media="csv",
    ),
    Route(
        name="create_logs", method="POST", path="/logs/", tag="Logs",
        handler="headrace.server.api.logs:create_logs", request="headrace._wire.logs:LogsCreate",
        statuses=(201,), writes=True, repeats=True,
    ),
    Route(
        name="read_logs", method="POST", path="/logs/filter", tag="Logs",
        handler="headrace.server.api.logs:read_logs",
        request="headrace._wire.queries:LogQuery", is_request_optional=True,
        response="headrace._wire.logs:Log", is_list=True,
    ),
)  # fmt: skip
"""In the order of the OpenAPI document."""
