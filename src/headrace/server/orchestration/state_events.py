"""The events of runs' states: each follows from the run and its history, and has the id of the state.

Spelled as clients filter on them; learnt from the events that the peer's server and its client report.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from headrace._kernel.ids import id_text
from headrace._records import CHILD_FLOW_RUN, StateRecord
from headrace._wire.events import FLOW_RUN, ORCHESTRATION, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE, TAG, TASK_RUN
from headrace._wire.schema import instant
from headrace.server.orchestration.progress import Progress, progress_of
from headrace.server.store.facts import EventFacts
from headrace.server.store.run_changes import FlowRunAbout, TaskRunAbout
from headrace.server.store.state_ids import OWN_ID, id_of_state

__all__ = ["flow_run_event", "is_told_by_events", "task_run_event"]

_LONGEST_MESSAGE: Final = 100_000
# An event names the one before it only where that was just before: then the order in which they come may mislead.
_JUST_BEFORE_US: Final = 300_000_000
_NOT_IN_PAYLOADS: Final = frozenset(("flow_run_id", "task_run_id", OWN_ID))

Labels = Mapping[str, str]


def is_told_by_events(state: StateRecord, *, is_of_journal: bool) -> bool:
    """Whether the process that ran a task reported this state of it, in a journal or otherwise.

    There is no event of a task run that stands for a subflow, which goes there itself, nor of states that were set over
    the API: so it is with the peer.
    """
    details = state.details
    return is_of_journal if details is None else CHILD_FLOW_RUN not in details and (is_of_journal or OWN_ID in details)


def flow_run_event(
    run: FlowRunAbout, history: Sequence[StateRecord], number: int, *, with_payload: bool = True
) -> EventFacts:
    """The event of the state that stands at this place in a flow run's history."""
    state, before = history[number], history[number - 1] if number else None
    progress = progress_of(history[: number + 1])
    payload: dict[str, Any] = {}
    if with_payload:
        payload["intended"] = _intended(before, state)
        payload["initial_state"] = None if before is None else _state_of_flow_run(before)
        payload["validated_state"] = _state_of_flow_run(state)
    resource = {**_resource("flow-run", run.id, run.name), **_labels(state, progress)}
    related = [_related("flow", run.flow_id, run.flow_name)]
    if run.parent_id is not None:
        related.append(_related("task-run", run.parent_id, run.parent_name))
    tags = {*run.tags, *run.flow_tags, *run.parent_tags}
    return _event(FLOW_RUN, run.id, state, before, resource, (*related, *_tags(tags)), payload)


def task_run_event(about: TaskRunAbout, number: int, *, with_payload: bool = True) -> EventFacts:
    """The event of the state that stands at this place in a task run's history."""
    run, history = about.facts, about.facts.history
    state, before = history[number], history[number - 1] if number else None
    progress = progress_of(history[: number + 1])
    payload: dict[str, Any] = {}
    if with_payload:
        data = None if state.data is None else msgspec.Raw(state.data)
        payload["intended"] = _intended(before, state)
        payload["initial_state"] = None if before is None else _state_of_task_run(before)
        payload["validated_state"] = {**_state_of_task_run(state), "data": data}
        payload["task_run"] = _task_run(about, state, progress)
    resource = {
        **_resource("task-run", run.id, run.name),
        **_labels(state, progress),
        ORCHESTRATION: "client",
    }
    related = _tags(run.tags)
    parent = about.flow_run
    if parent is not None:
        related += [_related("flow-run", parent.id, parent.name), _related("flow", parent.flow_id, parent.flow_name)]
        related += _tags({*parent.tags, *parent.flow_tags} - {*run.tags})
    return _event(TASK_RUN, run.id, state, before, resource, tuple(related), payload)


def _event(
    kind: str,
    run_id: bytes,
    state: StateRecord,
    before: StateRecord | None,
    resource: Labels,
    related: tuple[Labels, ...],
    payload: dict[str, Any],
) -> EventFacts:
    is_tight = before is not None and abs(state.at - before.at) < _JUST_BEFORE_US
    return EventFacts(
        id=id_of_state(run_id, state),
        occurred_at=state.at,
        received_at=state.at,
        event=f"{kind}{state.name}",
        resource=resource,
        related=related,
        payload=msgspec.json.encode(payload),
        follows=id_of_state(run_id, before) if before is not None and is_tight else None,
    )


def _resource(kind: str, identity: bytes, name: str) -> dict[str, str]:
    return {RESOURCE_ID: f"prefect.{kind}.{id_text(identity)}", RESOURCE_NAME: name}


def _related(kind: str, identity: bytes, name: str) -> Labels:
    return {RESOURCE_ID: f"prefect.{kind}.{id_text(identity)}", RESOURCE_ROLE: kind, RESOURCE_NAME: name}


def _tags(tags: Iterable[str]) -> list[Labels]:
    return [{RESOURCE_ID: f"{TAG}{tag}", RESOURCE_ROLE: "tag"} for tag in sorted(set(tags))]


def _labels(state: StateRecord, progress: Progress) -> dict[str, str]:
    return {
        "prefect.run-count": str(progress.run_count),
        "prefect.state-message": _message(state),
        "prefect.state-name": state.name,
        "prefect.state-timestamp": instant(state.at).isoformat(),
        "prefect.state-type": state.type,
    }


def _intended(before: StateRecord | None, state: StateRecord) -> dict[str, str | None]:
    return {"from": None if before is None else before.type, "to": state.type}


def _message(state: StateRecord) -> str:
    return (state.message or "")[:_LONGEST_MESSAGE]


def _state_of_flow_run(state: StateRecord) -> dict[str, str]:
    told = {"type": state.type, "name": state.name}
    if state.message:
        told["message"] = _message(state)
    if state.type == "PAUSED":
        told["pause_reschedule"] = str(bool((state.details or {}).get("pause_reschedule"))).lower()
    return told


def _state_of_task_run(state: StateRecord) -> dict[str, Any]:
    details = {name: value for name, value in (state.details or {}).items() if name not in _NOT_IN_PAYLOADS}
    return {"type": state.type, "name": state.name, "message": _message(state), "state_details": details}


def _task_run(about: TaskRunAbout, state: StateRecord, progress: Progress) -> dict[str, Any]:
    run = about.facts
    told: dict[str, Any] = {
        "name": run.name,
        "task_key": run.task_key,
        "dynamic_key": run.dynamic_key or "",
        "task_version": run.task_version,
        "tags": list(run.tags),
        "labels": {},
        "task_inputs": {
            parameter: [{"input_type": "task_run", "id": id_text(upstream)} for upstream in upstreams]
            for parameter, upstreams in about.inputs
        },
        "run_count": progress.run_count,
        "flow_run_run_count": state.attempt,
        "expected_start_time": _instant(run.history[0].at),
        "start_time": _instant(progress.start_at),
        "end_time": _instant(progress.end_at),
        "total_run_time": progress.running_us / 1_000_000,
    }
    return {name: value for name, value in told.items() if value is not None}


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(at).isoformat().replace("+00:00", "Z")
