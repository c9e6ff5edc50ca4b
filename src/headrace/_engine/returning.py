"""A run's State, built when its caller asks for one."""

from typing import Any

from headrace._engine.task_run import Ended
from headrace._kernel.ids import state_id, to_uuid
from headrace._kernel.late import load

__all__ = ["state_of"]


def state_of(ended: Ended, run_field: str) -> Any:
    """The State in which a run ended, holding its result; `run_field` says which of its details names the run.

    What interrupted the hooks of a run that is Completed is no part of its state. Any other error of such a run stands
    for its result, which was lost.
    """
    record = ended.state
    build = load("state")
    return build(
        id=to_uuid(state_id(ended.run_id, record.attempt, record.ordinal)),
        type=record.type,
        name=record.name,
        timestamp=record.at,
        message=record.message,
        details={**(record.details or {}), run_field: to_uuid(ended.run_id)},
        value=ended.value,
        error=ended.error if record.type != "COMPLETED" or isinstance(ended.error, Exception) else None,
    )
