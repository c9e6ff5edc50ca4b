"""The schemas of what the client takes and gives."""

from headrace._wire.flow_runs import FlowRun, FlowRunPolicy
from headrace._wire.states import (
    OrchestrationResult,
    SetStateStatus,
    State,
    StateAbortDetails,
    StateAcceptDetails,
    StateCreate,
    StateDetails,
    StateRejectDetails,
    StateType,
)
from headrace._wire.task_runs import FlowRunResult, TaskRun, TaskRunPolicy, TaskRunResult

__all__ = [
    "FlowRun",
    "FlowRunPolicy",
    "FlowRunResult",
    "OrchestrationResult",
    "SetStateStatus",
    "State",
    "StateAbortDetails",
    "StateAcceptDetails",
    "StateCreate",
    "StateDetails",
    "StateRejectDetails",
    "StateType",
    "TaskRun",
    "TaskRunPolicy",
    "TaskRunResult",
]
