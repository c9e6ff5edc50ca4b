"""Handing a run's end back to its caller: its value, its error, or its State where the caller asked for that."""

from typing import Any

from headrace._engine.task_run import Ended
from headrace._kernel.ids import state_id, to_uuid
from headrace._kernel.late import load

__all__ = ["returned"]


def returned(ended: Ended, return_state: Any, run_field: str) -> Any:
    """What the call of a run gives: `run_field` says which of a State's details names the run."""
    __tracebackhide__ = True
    if return_state:
        return _state(ended, run_field)
    error = ended.outcome.error
    if error is None:
        return ended.outcome.value
    try:
        raise error
    finally:
        # An error's traceback holds this frame: it must not hold the error in turn, or arguments live on in a cycle.
        del error, ended


def _state(ended: Ended, run_field: str) -> Any:
    record = ended.state
    build = load("state")
    return build(
        id=to_uuid(state_id(ended.run_id, record.attempt, record.ordinal)),
        type=record.type,
        name=record.name,
        timestamp=record.at,
        message=record.message,
        details={**(record.details or {}), run_field: to_uuid(ended.run_id)},
        outcome=ended.outcome,
    )
