"""From rows of the store to schemas of the wire."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from headrace._kernel import ids
from headrace._records import StateRecord
from headrace._wire.flow_runs import FlowRunPolicy, FlowRunResponse
from headrace._wire.flows import Flow
from headrace._wire.logs import Log
from headrace._wire.schema import instant
from headrace._wire.states import TERMINAL_STATES, State, StateDetails, StateType
from headrace._wire.task_runs import TaskInput, TaskRun, TaskRunResult
from headrace.server.store.facts import FlowFacts, FlowRunFacts, LogFacts, TaskRunFacts

__all__ = [
    "flow",
    "flow_run",
    "flow_run_state",
    "log",
    "task_run",
    "task_run_state",
]

_decode_json = msgspec.json.decode


def flow(facts: FlowFacts) -> Flow:
    """A flow."""
    return Flow(
        id=UUID(bytes=facts.id),
        created=instant(facts.created_at),
        updated=instant(facts.updated_at),
        name=facts.name,
        tags=list(facts.tags),
        labels=_decode_json(facts.labels),
    )


def flow_run_state(run_id: bytes, record: StateRecord) -> State[Any]:
    """A state of a flow run."""
    return _state(run_id, record, {"flow_run_id": UUID(bytes=run_id)})


def task_run_state(run_id: bytes, flow_run_id: bytes | None, record: StateRecord) -> State[Any]:
    """A state of a task run."""
    return _state(run_id, record, {"flow_run_id": _uuid(flow_run_id), "task_run_id": UUID(bytes=run_id)})


def _state(run_id: bytes, record: StateRecord, runs: dict[str, Any]) -> State[Any]:
    details = StateDetails(**{**runs, **(record.details or {})})
    return State(
        id=UUID(bytes=ids.state_id(run_id, record.attempt, record.ordinal)),
        type=StateType(record.type),
        name=record.name,
        timestamp=instant(record.at),
        message=record.message,
        data=_decode_json(record.data) if record.data is not None else None,
        state_details=details,
    )


def flow_run(facts: FlowRunFacts, now: int) -> FlowRunResponse:
    """A flow run; the durations of one that has not ended count up to `now`."""
    state = flow_run_state(facts.id, facts.state) if facts.state is not None else None
    return FlowRunResponse(
        id=UUID(bytes=facts.id),
        created=instant(facts.created_at),
        updated=instant(facts.updated_at),
        name=facts.name,
        flow_id=UUID(bytes=facts.flow_id),
        flow_version=facts.flow_version,
        parameters=_decode_json(facts.parameters),
        idempotency_key=facts.idempotency_key,
        context=_decode_json(facts.context),
        empirical_policy=FlowRunPolicy(**_decode_json(facts.policy)),
        tags=list(facts.tags),
        labels=_decode_json(facts.labels),
        parent_task_run_id=_uuid(facts.parent_task_run_id),
        state=state,
        expected_start_time=_instant(facts.expected_start_at),
        next_scheduled_start_time=_instant(facts.next_scheduled_at),
        estimated_start_time_delta=_lateness(facts.state, facts.expected_start_at, facts.start_at, now),
        **_progress(facts.state, state, facts, now),
    )


def task_run(facts: TaskRunFacts, inputs: tuple[tuple[str, tuple[bytes, ...]], ...], now: int) -> TaskRun:
    """A task run, with the runs whose results it was given."""
    state = task_run_state(facts.id, facts.flow_run_id, facts.state)
    task_inputs: dict[str, list[TaskInput]] = {
        parameter: [TaskRunResult(id=UUID(bytes=run_id)) for run_id in runs] for parameter, runs in inputs
    }
    return TaskRun(
        id=UUID(bytes=facts.id),
        created=instant(facts.created_at),
        updated=instant(facts.updated_at),
        name=facts.name,
        flow_run_id=_uuid(facts.flow_run_id),
        task_key=facts.task_key,
        dynamic_key=facts.dynamic_key or "",
        task_version=facts.task_version,
        tags=list(facts.tags),
        task_inputs=task_inputs,
        state=state,
        expected_start_time=instant(facts.history[0].at),
        flow_run_run_count=facts.state.attempt,
        estimated_start_time_delta=_lateness(facts.state, facts.history[0].at, facts.start_at, now),
        **_progress(facts.state, state, facts, now),
    )


def log(facts: LogFacts) -> Log:
    """A line of a log."""
    at = instant(facts.at)
    return Log(
        id=UUID(bytes=facts.id),
        created=at,
        updated=at,
        name=facts.logger,
        level=facts.level,
        message=facts.message,
        timestamp=at,
        flow_run_id=_uuid(facts.flow_run_id),
        task_run_id=_uuid(facts.task_run_id),
    )


def _progress(
    record: StateRecord | None, state: State[Any] | None, facts: FlowRunFacts | TaskRunFacts, now: int
) -> dict[str, Any]:
    """What flow runs and task runs tell alike: where they are, since when, and how long they ran."""
    running_since = record.at if record is not None and record.type == "RUNNING" else now
    return {
        "state_id": state and state.id,
        "state_type": state and state.type,
        "state_name": state and state.name,
        "run_count": facts.run_count,
        "start_time": _instant(facts.start_at),
        "end_time": _instant(facts.end_at),
        "total_run_time": timedelta(microseconds=facts.running_us),
        "estimated_run_time": timedelta(microseconds=facts.running_us + max(0, now - running_since)),
    }


def _lateness(record: StateRecord | None, expected_at: int | None, start_at: int | None, now: int) -> timedelta:
    """How much later than expected a run started, or, where it still waits, will have started at best."""
    if expected_at is None or (start_at is None and record is not None and record.type in TERMINAL_STATES):
        return timedelta()
    return timedelta(microseconds=max(0, (now if start_at is None else start_at) - expected_at))


def _uuid(identifier: bytes | None) -> UUID | None:
    return None if identifier is None else UUID(bytes=identifier)


def _instant(at: int | None) -> Any:
    return None if at is None else instant(at)
