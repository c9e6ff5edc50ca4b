"""States of runs: what users return from flows, get with `return_state=True`, and ask for results."""

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, TypeGuard, TypeVar, cast
from uuid import UUID

from headrace._kernel import clock, late
from headrace._kernel.crashes import crash_reason
from headrace._kernel.steps import Outcome
from headrace._wire.states import State, StateCreate, StateDetails, StateType

__all__ = [
    "AwaitingConcurrencySlot",
    "AwaitingRetry",
    "Cancelled",
    "Cancelling",
    "Completed",
    "Crashed",
    "Failed",
    "InfrastructurePending",
    "Late",
    "Paused",
    "Pending",
    "Retrying",
    "Running",
    "Scheduled",
    "State",
    "StateDetails",
    "StateGroup",
    "StateType",
    "Submitting",
    "Suspended",
    "aget_state_exception",
    "araise_state_exception",
    "exception_to_crashed_state",
    "exception_to_failed_state",
    "format_exception",
    "get_state_exception",
    "get_state_result",
    "in_memory",
    "is_state_iterable",
    "raise_state_exception",
    "return_value_to_state",
    "to_state_create",
]

R = TypeVar("R")

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


def Scheduled(cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any) -> State[Any]:
    """A run that waits for its time: `scheduled_time`, now by default."""
    return _scheduled(cls, "Scheduled", scheduled_time, fields)


def Late(cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any) -> State[Any]:
    """A run whose time has come and gone, and that nobody has started."""
    return _scheduled(cls, "Late", scheduled_time, fields)


def AwaitingRetry(cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any) -> State[Any]:
    """A run that failed and will be tried again at `scheduled_time`, now by default."""
    return _scheduled(cls, "AwaitingRetry", scheduled_time, fields)


def AwaitingConcurrencySlot(
    cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any
) -> State[Any]:
    """A run that waits until others, which a limit counts with it, have ended."""
    return _scheduled(cls, "AwaitingConcurrencySlot", scheduled_time, fields)


def Pending(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that is about to start."""
    return _of(cls, StateType.PENDING, "Pending", fields)


def InfrastructurePending(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run whose container or process was asked for, and is not there yet."""
    return _of(cls, StateType.PENDING, "InfrastructurePending", fields)


def Submitting(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that somebody is handing over to where it will run."""
    return _of(cls, StateType.PENDING, "Submitting", fields)


def Running(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run whose code runs."""
    return _of(cls, StateType.RUNNING, "Running", fields)


def Retrying(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run whose code runs again."""
    return _of(cls, StateType.RUNNING, "Retrying", fields)


def Completed(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that ended well; `data` is its result."""
    return _of(cls, StateType.COMPLETED, "Completed", fields)


def Failed(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that did not end well; `message` says why, `data` may be the exception."""
    return _of(cls, StateType.FAILED, "Failed", fields)


def Crashed(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that was ended from without."""
    return _of(cls, StateType.CRASHED, "Crashed", fields)


def Cancelling(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that was told to end."""
    return _of(cls, StateType.CANCELLING, "Cancelling", fields)


def Cancelled(cls: type[State[Any]] = State, **fields: Any) -> State[Any]:
    """A run that was cancelled and has ended."""
    return _of(cls, StateType.CANCELLED, "Cancelled", fields)


def Paused(
    cls: type[State[Any]] = State,
    timeout_seconds: float | None = None,
    pause_expiration_time: datetime | None = None,
    reschedule: bool = False,
    pause_key: str | None = None,
    **fields: Any,
) -> State[Any]:
    """A run that waits to be resumed, for `timeout_seconds` or until `pause_expiration_time`.

    `reschedule` says that its process ends meanwhile, `pause_key` which of its pauses it is.
    """
    return _paused(cls, "Paused", timeout_seconds, pause_expiration_time, reschedule, pause_key, fields)


def Suspended(
    cls: type[State[Any]] = State,
    timeout_seconds: float | None = None,
    pause_expiration_time: datetime | None = None,
    pause_key: str | None = None,
    **fields: Any,
) -> State[Any]:
    """A paused run whose process has ended: it starts anew when it is resumed."""
    return _paused(cls, "Suspended", timeout_seconds, pause_expiration_time, True, pause_key, fields)


class StateGroup:
    """Several states, counted by type."""

    def __init__(self, states: list[State[Any]]) -> None:
        self.states = states
        self.type_counts: Counter[StateType] = Counter(state.type for state in states)
        self.total_count = len(states)
        self.final_count = sum(state.is_final() for state in states)
        self.not_final_count = self.total_count - self.final_count
        self.cancelled_count = self.type_counts[StateType.CANCELLED]
        self.paused_count = self.type_counts[StateType.PAUSED]

    @property
    def fail_count(self) -> int:
        """How many did not end well: failed or crashed."""
        return self.type_counts[StateType.FAILED] + self.type_counts[StateType.CRASHED]

    def all_completed(self) -> bool:
        """Whether each of them ended well."""
        return self.type_counts[StateType.COMPLETED] == self.total_count

    def any_cancelled(self) -> bool:
        """Whether one of them was cancelled."""
        return self.cancelled_count > 0

    def any_failed(self) -> bool:
        """Whether one of them failed or crashed."""
        return self.fail_count > 0

    def any_paused(self) -> bool:
        """Whether one of them is paused."""
        return self.paused_count > 0

    def all_final(self) -> bool:
        """Whether each of them has ended."""
        return self.final_count == self.total_count

    def counts_message(self) -> str:
        """The counts in words, as in "total=2, 'COMPLETED'=1, 'FAILED'=1"."""
        parts = [f"total={self.total_count}"]
        if self.not_final_count:
            parts.append(f"not_final={self.not_final_count}")
        parts += [f"{kind.value!r}={count}" for kind, count in self.type_counts.items() if count]
        return ", ".join(parts)


def is_state_iterable(obj: Any) -> TypeGuard[Iterable[State[Any]]]:
    """Whether this is a list, tuple or set of states, and of nothing else; an empty one is not."""
    if type(obj) not in (list, tuple, set):
        return False
    items = cast("Collection[Any]", obj)
    return bool(items) and all(isinstance(item, State) for item in items)


def get_state_exception(state: State[Any]) -> BaseException:
    """The error that a run did not end well by: its own, or one of ours that says how it ended.

    Raises ValueError for a state that is not failed, crashed or cancelled.
    """
    if not (state.is_failed() or state.is_crashed() or state.is_cancelled()):
        raise ValueError(f"A failed, crashed or cancelled state has an exception, but this one is {state!r}.")
    error = state.outcome()[1]
    assert error is not None
    return error


async def aget_state_exception(state: State[Any]) -> BaseException:
    """The asynchronous twin of `get_state_exception`."""
    return get_state_exception(state)


def raise_state_exception(state: State[Any]) -> None:
    """Raises what `get_state_exception` gives; of a state that has no exception, nothing."""
    if state.is_failed() or state.is_crashed() or state.is_cancelled():
        raise get_state_exception(state)


async def araise_state_exception(state: State[Any]) -> None:
    """The asynchronous twin of `raise_state_exception`."""
    raise_state_exception(state)


async def get_state_result(state: State[Any], raise_on_failure: bool = True, retry_result_failure: bool = True) -> Any:
    """What the run of this state returned; see `State.result`."""
    return state.result_here(raise_on_failure)


async def exception_to_crashed_state(exc: BaseException, result_store: object = None) -> State[Any]:
    """The state of a run that this exception ended from without."""
    return Crashed(message=crash_reason(exc), data=exc)


async def exception_to_failed_state(
    exc: BaseException | None = None, result_store: object = None, write_result: bool = False, **fields: Any
) -> State[BaseException]:
    """The state of a run that raised this exception, by default the one that is being handled.

    A `message` among the fields is put ahead of the exception's own.
    """
    error = exc or sys.exception()
    if error is None:
        raise ValueError("No exception is being handled here: give the one that the run failed by.")
    said = [str(fields.pop("message", None) or ""), format_exception(error)]
    return Failed(data=error, message=" ".join(filter(None, said)), **fields)


async def return_value_to_state(
    retval: R,
    result_store: object,
    key: str | None = None,
    expiration: datetime | None = None,
    write_result: bool = False,
) -> State[R]:
    """The state of a run that returned this, as an engine makes it: Completed with any value.

    A state that was made by hand is the run's own. The states of other runs, one or a list, tuple or set of them, make
    up the run's: the worst of them, and how many there are of it. `result_store` and what is said of keeping the result
    have no effect: results stay in memory.
    """
    if isinstance(retval, State) and not (retval.state_details.task_run_id or retval.state_details.flow_run_id):
        return cast("State[R]", retval.with_result(retval.data) if retval.is_completed() else retval)
    conclude: Callable[[Outcome, str], tuple[Any, Outcome]] = late.load("conclusion")
    came_to, outcome = conclude(Outcome(retval), "Flow")
    state: State[R] = State(type=StateType(came_to.type), name=came_to.name, message=came_to.message)
    return state.with_result(retval, outcome.error)


def format_exception(exc: BaseException, tb: TracebackType | None = None) -> str:
    """Type and text of an exception; with a traceback, all of it."""
    if tb is not None:
        return "".join(traceback.format_exception(type(exc), exc, tb=tb))
    return f"{type(exc).__name__}: {exc}"


def to_state_create(state: State[Any]) -> StateCreate:
    """This state as a proposal: without its id, and without what its run came to."""
    return StateCreate(
        type=state.type, name=state.name, message=state.message, state_details=state.state_details, data=None
    )


def _scheduled(cls: type[State[Any]], name: str, at: datetime | None, fields: dict[str, Any]) -> State[Any]:
    return _of(cls, StateType.SCHEDULED, name, fields, scheduled_time=at or _now())


def _paused(
    cls: type[State[Any]],
    name: str,
    timeout_seconds: float | None,
    expires_at: datetime | None,
    reschedule: bool,
    key: str | None,
    fields: dict[str, Any],
) -> State[Any]:
    if timeout_seconds is not None and expires_at is not None:
        raise ValueError("A pause ends after 'timeout_seconds' or at 'pause_expiration_time': give one of them.")
    until = expires_at if timeout_seconds is None else _now() + timedelta(seconds=timeout_seconds)
    details: dict[str, Any] = {"pause_timeout": until, "pause_reschedule": reschedule, "pause_key": key}
    return _of(cls, StateType.PAUSED, name, fields, **details)


def _of(cls: type[State[Any]], kind: StateType, name: str, fields: dict[str, Any], **details: Any) -> State[Any]:
    """A state of this type; `data` stays in memory, an exception as the run's error."""
    given = {"type": kind, "name": name, **fields}
    if details:
        told = given.get("state_details") or StateDetails()
        told = told if isinstance(told, StateDetails) else StateDetails.model_validate(told)
        given["state_details"] = told.model_copy(update={k: v for k, v in details.items() if v is not None})
    data = given.pop("data", None)
    state = cls.model_validate(given)
    if isinstance(data, BaseException) and kind is not StateType.COMPLETED:
        return state.with_result(error=data)
    return state if data is None else state.with_result(data)


def _now() -> datetime:
    return _EPOCH + timedelta(microseconds=clock.now())
