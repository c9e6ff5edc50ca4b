"""The graph of a flow run on the wire: what it called, and whose results were given to whom."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from headrace._wire.schema import Instant, WireSchema, instant
from headrace._wire.states import State, StateType
from headrace._wire.task_runs import TaskRunResult

__all__ = ["DependencyResult", "Edge", "Graph", "GraphArtifact", "GraphQuery", "GraphState", "Node"]


class DependencyResult(WireSchema):
    """A task run, and those whose results it was given (first form of the graph)."""

    id: UUID
    name: str
    upstream_dependencies: list[TaskRunResult]
    state: State[Any] | None
    expected_start_time: Instant | None
    start_time: Instant | None
    end_time: Instant | None
    total_run_time: timedelta | None
    estimated_run_time: timedelta | None
    untrackable_result: bool


class GraphQuery(WireSchema):
    """Query of the second form: leaves out what ended before `since`."""

    since: Instant = datetime.min.replace(tzinfo=instant(0).tzinfo)


class Edge(WireSchema):
    """The other end of an edge."""

    id: UUID


class GraphState(WireSchema):
    """A state that the flow run was in."""

    id: UUID
    timestamp: Instant
    type: StateType
    name: str


class GraphArtifact(WireSchema):
    """What a run left to be looked at."""

    id: UUID
    created: Instant
    key: str | None
    type: str | None
    is_latest: bool
    data: Any | None


class Node(WireSchema):
    """A task run, or the flow run that one stands for."""

    kind: Literal["flow-run", "task-run"]
    id: UUID
    label: str
    state_type: StateType
    start_time: Instant
    end_time: Instant | None
    parents: list[Edge]
    children: list[Edge]
    encapsulating: list[Edge]
    artifacts: list[GraphArtifact]


class Graph(WireSchema):
    """A flow run with the nodes below it, in the order of their starts."""

    start_time: Instant | None
    end_time: Instant | None
    root_node_ids: list[UUID]
    nodes: list[tuple[UUID, Node]]
    artifacts: list[GraphArtifact]
    states: list[GraphState]
