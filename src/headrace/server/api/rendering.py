"""From rows of the store to schemas of the wire.

Ids are handed over as bytes, of which pydantic makes UUIDs ten times faster than Python does, and each object with all
that is in it by one validation.
"""

from datetime import timedelta
from typing import Any

import msgspec

from headrace._records import StateRecord
from headrace._wire.flow_run_inputs import FlowRunInput
from headrace._wire.flow_runs import FlowRunResponse
from headrace._wire.flows import Flow
from headrace._wire.logs import Log
from headrace._wire.saved_searches import SavedSearch
from headrace._wire.schema import instant
from headrace._wire.states import TERMINAL_STATES, State
from headrace.server.orchestration.instants import instant_in
from headrace.server.store.facts import FlowFacts, FlowRunFacts, LogFacts, TaskRunFacts
from headrace.server.store.flow_run_inputs import InputFacts
from headrace.server.store.saved_searches import SearchFacts
from headrace.server.store.state_ids import id_of_state
from headrace.server.store.task_run_details import TaskRunDetails
from headrace.server.store.task_runs import Inputs

__all__ = [
    "flow",
    "flow_run",
    "flow_run_input",
    "flow_run_state",
    "log",
    "saved_search",
    "task_run_fields",
    "task_run_state",
]

_decode_json = msgspec.json.decode


def flow(facts: FlowFacts) -> Flow:
    """A flow."""
    return Flow.model_validate(
        {
            "id": facts.id,
            "created": instant(facts.created_at),
            "updated": instant(facts.updated_at),
            "name": facts.name,
            "tags": facts.tags,
            "labels": _decode_json(facts.labels),
        }
    )


def flow_run_state(run_id: bytes, record: StateRecord) -> State[Any]:
    """A state of a flow run."""
    return State[Any].model_validate(_state(run_id, record, {"flow_run_id": run_id}))


def task_run_state(run_id: bytes, flow_run_id: bytes | None, record: StateRecord) -> State[Any]:
    """A state of a task run."""
    return State[Any].model_validate(_state(run_id, record, _runs_of_task(run_id, flow_run_id)))


def flow_run(facts: FlowRunFacts, now: int) -> FlowRunResponse:
    """A flow run; the durations of one that has not ended count up to `now`."""
    record = facts.state
    return FlowRunResponse.model_validate(
        {
            "id": facts.id,
            "created": instant(facts.created_at),
            "updated": instant(facts.updated_at),
            "name": facts.name,
            "flow_id": facts.flow_id,
            "flow_version": facts.flow_version,
            "parameters": _decode_json(facts.parameters),
            "idempotency_key": facts.idempotency_key,
            "context": _decode_json(facts.context),
            "empirical_policy": _decode_json(facts.policy),
            "tags": list(facts.tags),
            "labels": _decode_json(facts.labels),
            "parent_task_run_id": facts.parent_task_run_id,
            "infrastructure_pid": facts.infrastructure_pid,
            "job_variables": {} if facts.job_variables is None else _decode_json(facts.job_variables),
            "state": record and _state(facts.id, record, {"flow_run_id": facts.id}),
            "expected_start_time": _instant(facts.expected_start_at),
            "next_scheduled_start_time": _instant(facts.next_scheduled_at),
            "estimated_start_time_delta": _lateness(record, facts.expected_start_at, facts.start_at, now),
            **_progress(record, facts, now),
        }
    )


def task_run_fields(facts: TaskRunFacts, inputs: Inputs, details: TaskRunDetails | None, now: int) -> dict[str, Any]:
    """A task run, with the runs whose results it was given, as the fields of whichever schema."""
    first = facts.history[0]
    expected_at = (instant_in(first, "scheduled_time") if first.type == "SCHEDULED" else None) or first.at
    given: dict[str, list[Any]] = {name: [_task_run_result(run_id) for run_id in runs] for name, runs in inputs}
    return {
        "id": facts.id,
        "created": instant(facts.created_at),
        "updated": instant(facts.updated_at),
        "name": facts.name,
        "flow_run_id": facts.flow_run_id,
        "task_key": facts.task_key,
        "dynamic_key": facts.dynamic_key or "",
        "task_version": facts.task_version,
        "tags": list(facts.tags),
        "task_inputs": given,
        "state": _state(facts.id, facts.state, _runs_of_task(facts.id, facts.flow_run_id)),
        "expected_start_time": instant(expected_at),
        "next_scheduled_start_time": _scheduled_time(facts.state),
        "flow_run_run_count": facts.state.attempt,
        "estimated_start_time_delta": _lateness(facts.state, expected_at, facts.start_at, now),
        **_progress(facts.state, facts, now),
        **({} if details is None else _details(details, given)),
    }


def _details(details: TaskRunDetails, given: dict[str, list[Any]]) -> dict[str, Any]:
    """What only the API told of a task run; `given` are the inputs that are known besides."""
    others: dict[str, list[Any]] = _decode_json(details.inputs)
    return {
        "empirical_policy": _decode_json(details.policy),
        "labels": _decode_json(details.labels),
        "cache_key": details.cache_key,
        "cache_expiration": _instant(details.cache_expiration_at),
        "task_inputs": {name: [*given.get(name, ()), *others.get(name, ())] for name in {**given, **others}},
    }


def flow_run_input(facts: InputFacts) -> FlowRunInput:
    """An input of a flow run."""
    return FlowRunInput.model_validate(
        {
            "id": facts.id,
            "created": instant(facts.created_at),
            "updated": instant(facts.created_at),
            "flow_run_id": facts.flow_run_id,
            "key": facts.key,
            "value": facts.value,
            "sender": facts.sender,
        }
    )


def saved_search(facts: SearchFacts) -> SavedSearch:
    """A saved search."""
    return SavedSearch.model_validate(
        {
            "id": facts.id,
            "created": instant(facts.created_at),
            "updated": instant(facts.updated_at),
            "name": facts.name,
            "filters": _decode_json(facts.filters),
        }
    )


def log(facts: LogFacts) -> Log:
    """A line of a log."""
    at = instant(facts.at)
    return Log.model_validate(
        {
            "id": facts.id,
            "created": at,
            "updated": at,
            "name": facts.logger,
            "level": facts.level,
            "message": facts.message,
            "timestamp": at,
            "flow_run_id": facts.flow_run_id,
            "task_run_id": facts.task_run_id,
        }
    )


def _task_run_result(run_id: bytes) -> dict[str, Any]:
    return {"input_type": "task_run", "id": run_id}


def _runs_of_task(run_id: bytes, flow_run_id: bytes | None) -> dict[str, Any]:
    return {"flow_run_id": flow_run_id, "task_run_id": run_id}


def _state(run_id: bytes, record: StateRecord, runs: dict[str, Any]) -> dict[str, Any]:
    """The fields of a state; `runs` are those that it belongs to."""
    return {
        "id": id_of_state(run_id, record),
        "type": record.type,
        "name": record.name,
        "timestamp": instant(record.at),
        "message": record.message,
        "data": None if record.data is None else _decode_json(record.data),
        "state_details": runs if record.details is None else {**runs, **record.details},
    }


def _progress(record: StateRecord | None, facts: FlowRunFacts | TaskRunFacts, now: int) -> dict[str, Any]:
    """What flow runs and task runs tell alike: where they are, since when, and how long they ran."""
    running_since = record.at if record is not None and record.type == "RUNNING" else now
    return {
        "state_id": record and id_of_state(facts.id, record),
        "state_type": record and record.type,
        "state_name": record and record.name,
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


def _scheduled_time(record: StateRecord) -> str | None:
    """The time for which a run waits."""
    return (record.details or {}).get("scheduled_time") if record.type == "SCHEDULED" else None


def _instant(at: int | None) -> Any:
    return None if at is None else instant(at)
