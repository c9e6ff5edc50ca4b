"""Reads task runs out of the events by which clients tell them; which those are, is seen by their names and labels."""

from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError

from headrace._records import StateRecord
from headrace._wire.events import FLOW_RUN, ORCHESTRATION, TASK_RUN, Event
from headrace._wire.schema import microseconds
from headrace._wire.states import StateCreate
from headrace._wire.task_runs import TaskRunCreate
from headrace.server.api.orchestrated import given_details, given_json
from headrace.server.api.task_runs import new_task_run
from headrace.server.usecases.told_task_runs import ToldState

__all__ = ["told_state"]


def told_state(event: Event) -> ToldState | None:
    """The state of a task run that the event tells; None where it tells none.

    An event that has the name of such a one and not its form is an event like others.
    """
    is_told = event.event.startswith(TASK_RUN) and event.resource.root.get(ORCHESTRATION) == "client"
    if not is_told or not event.resource.id.startswith(TASK_RUN):
        return None
    payload = event.payload
    try:
        run_id = UUID(event.resource.id.removeprefix(TASK_RUN))
        state = StateCreate.model_validate(payload.get("validated_state"))
        given = cast("dict[str, Any]", payload["task_run"])
        run = TaskRunCreate.model_validate({**given, "id": run_id, "flow_run_id": _flow_run_id(event), "state": state})
        attempt = int(given.get("flow_run_run_count") or 0)
    except (KeyError, TypeError, ValueError, ValidationError):
        return None
    name = state.name or state.type.value.capitalize()
    # Its ordinal is found among the others' when it is stored.
    record = StateRecord(
        attempt,
        0,
        state.type.value,
        name,
        microseconds(event.occurred),
        state.message,
        given_details(state) or None,
        given_json(state.data),
    )
    return ToldState(event.id.bytes, new_task_run(run, record), attempt)


def _flow_run_id(event: Event) -> UUID | None:
    for related in event.related:
        if related.role == "flow-run":
            return UUID(related.id.removeprefix(FLOW_RUN))
    return None
