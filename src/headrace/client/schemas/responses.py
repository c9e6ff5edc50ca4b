"""What the control plane answers, where that is not an object that it keeps."""

from headrace._wire.flow_runs import FlowRunResponse
from headrace._wire.states import (
    OrchestrationResult,
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
    StateResponseDetails,
    StateWaitDetails,
)

__all__ = [
    "FlowRunResponse",
    "OrchestrationResult",
    "SetStateStatus",
    "StateAbortDetails",
    "StateAcceptDetails",
    "StateRejectDetails",
    "StateResponseDetails",
    "StateWaitDetails",
]
