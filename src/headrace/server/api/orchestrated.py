"""What the routes that make runs and propose states have in common: what was given, and what the caller is told."""

from typing import Any

import msgspec
from pydantic import BaseModel

from headrace._records import StateRecord
from headrace._wire.states import (
    OrchestrationResult,
    SetStateStatus,
    State,
    StateAbortDetails,
    StateAcceptDetails,
    StateCreate,
    StateRejectDetails,
    StateResponseDetails,
    StateWaitDetails,
)
from headrace.server.api import rendering
from headrace.server.usecases.propose_state import Orchestrated, state_over_api

__all__ = ["flow_run_answer", "given_details", "given_json", "given_policy", "given_state", "task_run_answer"]


def given_details(state: StateCreate) -> dict[str, Any]:
    """The details that were given, as JSON values."""
    return state.state_details.model_dump(mode="json", exclude_defaults=True)


def given_state(state: StateCreate, now: int) -> StateRecord:
    """The state that is meant; where it stands in its run is for the rules to say."""
    details, data = given_details(state), given_json(state.data)
    return state_over_api(state.type.value, state.name, state.message, details, data, now)


def given_json(value: Any) -> bytes | None:
    """A value as JSON; None stays none."""
    return None if value is None else msgspec.json.encode(value)


def given_policy(policy: BaseModel) -> bytes:
    """What was said of retries and the like, as JSON."""
    return msgspec.json.encode(policy.model_dump(mode="json", exclude_defaults=True))


def flow_run_answer(run_id: bytes, outcome: Orchestrated) -> OrchestrationResult[Any]:
    """What the proposer is told of a flow run."""
    return _answer(outcome, outcome.state and rendering.flow_run_state(run_id, outcome.state))


def task_run_answer(run_id: bytes, flow_run_id: bytes | None, outcome: Orchestrated) -> OrchestrationResult[Any]:
    """The same of a task run."""
    return _answer(outcome, outcome.state and rendering.task_run_state(run_id, flow_run_id, outcome.state))


def _answer(outcome: Orchestrated, state: State[Any] | None) -> OrchestrationResult[Any]:
    return OrchestrationResult(state=state, status=SetStateStatus(outcome.status), details=_details(outcome))


def _details(outcome: Orchestrated) -> StateResponseDetails:
    match outcome.status:
        case "ACCEPT":
            return StateAcceptDetails()
        case "REJECT":
            return StateRejectDetails(reason=outcome.reason)
        case "ABORT":
            return StateAbortDetails(reason=outcome.reason)
        case "WAIT":
            return StateWaitDetails(delay_seconds=outcome.delay_seconds or 0, reason=outcome.reason)
