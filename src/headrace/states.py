"""States of runs: what users return from flows, get with `return_state=True`, and ask for results."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from headrace._kernel import clock
from headrace._wire.states import State, StateDetails, StateType

__all__ = [
    "AwaitingRetry",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Failed",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateDetails",
    "StateType",
    "in_memory",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_memory(
    *,
    id: UUID,
    type: str,
    name: str,
    timestamp: int,
    message: str | None,
    details: dict[str, Any],
    value: Any,
    error: BaseException | None,
) -> State[Any]:
    """The State of a run of this process, holding its result; `timestamp` in microseconds since the epoch."""
    state: State[Any] = State(
        id=id,
        type=StateType(type),
        name=name,
        timestamp=_EPOCH + timedelta(microseconds=timestamp),
        message=message,
        state_details=StateDetails.model_validate(details),
    )
    return state.with_result(value, error)


def Scheduled(scheduled_time: datetime | None = None, **fields: Any) -> State[Any]:
    """A run that waits for its time: `scheduled_time`, now by default."""
    return _of(StateType.SCHEDULED, "Scheduled", fields, scheduled_time=scheduled_time or _now())


def AwaitingRetry(scheduled_time: datetime | None = None, **fields: Any) -> State[Any]:
    """A run that failed and will be tried again at `scheduled_time`, now by default."""
    return _of(StateType.SCHEDULED, "AwaitingRetry", fields, scheduled_time=scheduled_time or _now())


def Pending(**fields: Any) -> State[Any]:
    """A run that is about to start."""
    return _of(StateType.PENDING, "Pending", fields)


def Running(**fields: Any) -> State[Any]:
    """A run whose code runs."""
    return _of(StateType.RUNNING, "Running", fields)


def Retrying(**fields: Any) -> State[Any]:
    """A run whose code runs again."""
    return _of(StateType.RUNNING, "Retrying", fields)


def Completed(**fields: Any) -> State[Any]:
    """A run that ended well; `data` is its result."""
    return _of(StateType.COMPLETED, "Completed", fields)


def Failed(**fields: Any) -> State[Any]:
    """A run that did not end well; `message` says why, `data` may be the exception."""
    return _of(StateType.FAILED, "Failed", fields)


def Crashed(**fields: Any) -> State[Any]:
    """A run that was ended from without."""
    return _of(StateType.CRASHED, "Crashed", fields)


def Cancelling(**fields: Any) -> State[Any]:
    """A run that was told to end."""
    return _of(StateType.CANCELLING, "Cancelling", fields)


def Cancelled(**fields: Any) -> State[Any]:
    """A run that was cancelled and has ended."""
    return _of(StateType.CANCELLED, "Cancelled", fields)


def Paused(**fields: Any) -> State[Any]:
    """A run that waits to be resumed."""
    return _of(StateType.PAUSED, "Paused", fields)


def _of(kind: StateType, name: str, fields: dict[str, Any], **details: Any) -> State[Any]:
    """A state of this type; `data` stays in memory, an exception as the run's error."""
    given = {"type": kind, "name": name, "state_details": StateDetails.model_validate(details), **fields}
    data = given.pop("data", None)
    state = State[Any].model_validate(given)
    if isinstance(data, BaseException):
        return state.with_result(error=data)
    return state if data is None else state.with_result(data)


def _now() -> datetime:
    return _EPOCH + timedelta(microseconds=clock.now())
