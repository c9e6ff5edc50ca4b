"""What the control plane keeps, as the client gives it."""

from headrace._wire.admin import CsrfToken
from headrace._wire.flow_runs import FlowRun, FlowRunPolicy
from headrace._wire.flows import Flow
from headrace._wire.logs import Log
from headrace._wire.states import TERMINAL_STATES, State, StateDetails, StateType
from headrace._wire.task_runs import Constant, FlowRunResult, Parameter, TaskRun, TaskRunPolicy, TaskRunResult

__all__ = [
    "TERMINAL_STATES",
    "Constant",
    "CsrfToken",
    "Flow",
    "FlowRun",
    "FlowRunPolicy",
    "FlowRunResult",
    "Log",
    "Parameter",
    "State",
    "StateDetails",
    "StateType",
    "TaskRun",
    "TaskRunPolicy",
    "TaskRunResult",
]
