"""Handlers of the routes that answer a flow run's graph."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from headrace._kernel import clock, ids
from headrace._wire.run_graph import DependencyResult, Graph, GraphQuery
from headrace._wire.schema import instant, microseconds
from headrace.server.api.task_runs import fields_of_runs
from headrace.server.store import flow_runs, run_graph, states, task_runs
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.run_graph import SURROUNDING, NodeFacts
from headrace.server.store.transactions import Store, Tx
from headrace.server.usecases.unknown import unknown

__all__ = ["read_flow_run_graph_v1", "read_flow_run_graph_v2"]

_Ends = dict[bytes, list[bytes]]


def read_flow_run_graph_v1(store: Store, run_id: UUID) -> list[DependencyResult]:
    """The task runs of a flow run, and whose results each was given."""
    asked = {"task_runs": {"flow_run_id": {"any_": [run_id]}}}
    with store.read() as tx:
        _known(tx, run_id)
        found = task_runs.read_many(tx, asked, sort="EXPECTED_START_TIME_ASC", limit=run_graph.NODE_LIMIT)
        fields = fields_of_runs(tx, found, clock.now())
    return [_dependency(of_run) for of_run in fields]


def read_flow_run_graph_v2(store: Store, run_id: UUID, query: GraphQuery) -> Graph:
    """A flow run with the task runs and subflows that it called, and the edges between them."""
    with store.read() as tx:
        run = _known(tx, run_id)
        history = states.of_flow_run(tx, run.id)
        nodes = run_graph.nodes_of(tx, run.id, since=microseconds(query.since))
        edges = run_graph.edges_among(tx, [node.task_run_id for node in nodes])
    shown_as = {node.task_run_id: node.subflow_run_id or node.task_run_id for node in nodes}
    parents: _Ends = {}
    children: _Ends = {}
    surrounding: _Ends = {}
    for downstream, parameter, upstream in edges:
        if parameter == SURROUNDING:
            _add(surrounding, downstream, shown_as.get(upstream, upstream))
        else:
            _add(parents, downstream, shown_as.get(upstream, upstream))
            _add(children, upstream, shown_as[downstream])
    return Graph.model_validate(
        {
            "start_time": run.start_at and instant(run.start_at),
            "end_time": run.end_at and instant(run.end_at),
            "root_node_ids": [
                shown_as[node.task_run_id]
                for node in nodes
                if node.task_run_id not in parents and node.task_run_id not in surrounding
            ],
            "nodes": [(shown_as[node.task_run_id], _node(node, parents, children, surrounding)) for node in nodes],
            "artifacts": [],
            "states": [
                {
                    "id": ids.state_id(run.id, state.attempt, state.ordinal),
                    "timestamp": instant(state.at),
                    "type": state.type,
                    "name": state.name,
                }
                for state in history
            ],
        }
    )


def _known(tx: Tx, run_id: UUID) -> FlowRunFacts:
    found = flow_runs.read(tx, run_id.bytes)
    if found is None:
        raise unknown("flow run", run_id.bytes)
    return found


def _dependency(fields: dict[str, Any]) -> DependencyResult:
    upstream = {given["id"]: given for several in fields["task_inputs"].values() for given in several if "id" in given}
    details = fields["state"]["state_details"]
    return DependencyResult.model_validate(
        {
            **fields,
            "upstream_dependencies": list(upstream.values()),
            "untrackable_result": bool(details.get("untrackable_result")),
        }
    )


def _node(node: NodeFacts, parents: _Ends, children: _Ends, surrounding: _Ends) -> dict[str, Any]:
    is_subflow = node.subflow_run_id is not None
    return {
        "kind": "flow-run" if is_subflow else "task-run",
        "id": node.subflow_run_id or node.task_run_id,
        "label": f"{node.subflow_name} / {node.name}" if is_subflow else node.name,
        "state_type": node.state_type,
        "start_time": instant(node.start_at),
        "end_time": None if node.end_at is None else instant(node.end_at),
        "parents": _edges(parents.get(node.task_run_id, ())),
        "children": _edges(children.get(node.task_run_id, ())),
        "encapsulating": _edges(surrounding.get(node.task_run_id, ())),
        "artifacts": [],
    }


def _add(ends: _Ends, run_id: bytes, other: bytes) -> None:
    of_run = ends.setdefault(run_id, [])
    if other not in of_run:
        of_run.append(other)


def _edges(run_ids: Iterable[bytes]) -> list[dict[str, bytes]]:
    return [{"id": run_id} for run_id in run_ids]
