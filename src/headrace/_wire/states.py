"""States on the wire: what a run is doing or came to, what is proposed, and what the control plane answers."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar, cast, overload
from uuid import UUID

from pydantic import Field, PrivateAttr, field_serializer, model_validator

from headrace._kernel.stand_ins import STATE, stands_in
from headrace._kernel.twins import is_async_here
from headrace._wire.schema import BodySchema, Instant, WireEnum, WireSchema, new_uuid, now
from headrace.exceptions import CancelledRun, CrashedRun, FailedRun, MissingResult, PausedRun, UnfinishedRun

__all__ = [
    "TERMINAL_STATES",
    "OrchestrationResult",
    "SetStateBody",
    "SetStateStatus",
    "State",
    "StateAbortDetails",
    "StateAcceptDetails",
    "StateCreate",
    "StateDetails",
    "StateRejectDetails",
    "StateResponseDetails",
    "StateType",
    "StateWaitDetails",
    "StatesOfFlowRun",
    "StatesOfTaskRun",
]

R = TypeVar("R")


class StateType(WireEnum):
    """What kind of state: the orchestrator decides by it, never by the name."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"


TERMINAL_STATES: frozenset[StateType] = frozenset(
    {StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED}
)
"""The types behind which a run does not go on by itself."""


_ERRORS: dict[StateType, type[Exception]] = {
    StateType.FAILED: FailedRun,
    StateType.CRASHED: CrashedRun,
    StateType.CANCELLED: CancelledRun,
}


class StateDetails(WireSchema):
    """What else is known of a state: the run that it belongs to, and what its type needs."""

    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
    child_flow_run_id: UUID | None = None
    scheduled_time: Instant | None = None
    cache_key: str | None = None
    cache_expiration: Instant | None = None
    deferred: bool | None = False
    untrackable_result: bool = False
    pause_timeout: Instant | None = None
    pause_reschedule: bool = False
    pause_key: str | None = None
    run_input_keyset: dict[str, str] | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    transition_id: UUID | None = None
    task_parameters_id: UUID | None = None
    traceparent: str | None = None
    deployment_concurrency_lease_id: UUID | None = None


class _TypedByResult(WireSchema):
    """Base of the schemas that a type checker knows by the type of a result, which the wire does not know."""

    @classmethod
    def __class_getitem__(cls, parameters: Any) -> type[Self]:
        # Pydantic would make a class for each parameter, 1 ms each, and the API's document would show State_Any_.
        return cls


def _completed(fields: Any) -> None:
    """Gives a state the name of its type, and a scheduled one its time, where they are missing."""
    if fields.name is None:
        fields.name = fields.type.value.capitalize()
    if fields.type is StateType.SCHEDULED and fields.state_details.scheduled_time is None:
        fields.state_details = fields.state_details.model_copy(update={"scheduled_time": now()})


def _listed(value: Any) -> Any:
    return value if type(value) in (list, tuple, set, frozenset) else ()


class State(_TypedByResult, Generic[R]):
    """A state of a run, over the type of its result."""

    _always_sent: ClassVar[tuple[str, ...]] = ("id",)

    id: UUID = Field(default_factory=new_uuid)
    type: StateType
    name: str | None = None
    timestamp: Instant = Field(default_factory=now)
    message: str | None = None
    data: Any | None = None
    state_details: StateDetails = Field(default_factory=StateDetails)
    _result: tuple[Any, BaseException | None] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _completed(self)
        return self

    @field_serializer("data", when_used="json")
    def _sent_data(self, data: Any) -> Any | None:
        """What a run came to stays in memory: only what the control plane told of it goes back there."""
        return None if self._result is not None else data

    def with_result(self, value: Any = None, error: BaseException | None = None) -> Self:
        """This state, holding in memory what its run came to: a value, the error that it raised, or both."""
        self._result = (value, error)
        self.data = error if value is None else value
        return self

    def outcome(self) -> tuple[Any, BaseException | None]:
        """What the run came to: its value, and the error that it did not end well by, which may be one of ours."""
        value, error = self._result or (self.data, None)
        if self.type is StateType.COMPLETED:
            if self._result is None and self.data is None:
                return None, MissingResult(
                    f"The run ended in state {self}, but what it returned is not known here: results stay in the "
                    "memory of the process that ran it, unless they are persisted."
                )
            return value, error
        if self.type is StateType.PAUSED:
            return None, PausedRun(f"The run is in state {self}: it has no result until it is resumed.")
        if self.type not in TERMINAL_STATES:
            return None, UnfinishedRun(f"The run is in state {self}: it has no result yet.")
        return value, error or self._failure(value)

    def _failure(self, value: Any) -> BaseException:
        """The error that a run which did not end well stands for, from what it came to."""
        if isinstance(value, BaseException):
            return value
        for state in cast("list[Any]", [value] if isinstance(value, State) else _listed(value)):
            if isinstance(state, State) and not state.is_completed() and (error := state.outcome()[1]) is not None:
                return error
        kind = _ERRORS[self.type]
        reason = value if isinstance(value, str) else self.message
        return kind(reason or f"The run ended in state {self}, and nobody said why.")

    @overload
    def result(self, raise_on_failure: Literal[True] = True) -> R: ...

    @overload
    def result(self, raise_on_failure: bool) -> R | BaseException: ...

    def result(self, raise_on_failure: bool = True) -> R | BaseException:
        """What the run returned; in async code a coroutine that gives it, as `aresult`.

        Where it did not end well, what it raised is raised here: FailedRun, CrashedRun or CancelledRun where no error
        is known. With `raise_on_failure=False` that error is returned, or what the run returned all the same.
        UnfinishedRun and PausedRun are raised where it has not ended, MissingResult where its result is not known here.
        """
        if is_async_here():
            return cast(R, self.aresult(raise_on_failure))
        return self.result_here(raise_on_failure)

    def result_here(self, raise_on_failure: bool = True) -> R | BaseException:
        """What `result` gives to sync code, whoever asks."""
        value, error = self.outcome()
        if error is None:
            return value
        if raise_on_failure or self.type not in _ERRORS:
            raise error
        return error if value is None else value

    @overload
    async def aresult(self, raise_on_failure: Literal[True] = True) -> R: ...

    @overload
    async def aresult(self, raise_on_failure: bool) -> R | BaseException: ...

    async def aresult(self, raise_on_failure: bool = True) -> R | BaseException:
        """The asynchronous twin of `result`."""
        return self.result_here(raise_on_failure)

    def is_scheduled(self) -> bool:
        """Whether the run waits for its time."""
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        """Whether the run is about to start."""
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        """Whether user code runs."""
        return self.type is StateType.RUNNING

    def is_completed(self) -> bool:
        """Whether the run ended well."""
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        """Whether user code raised, or the flow said so."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Whether the run ended from without: its process died, or was told to."""
        return self.type is StateType.CRASHED

    def is_cancelled(self) -> bool:
        """Whether the run was cancelled, and has ended."""
        return self.type is StateType.CANCELLED

    def is_cancelling(self) -> bool:
        """Whether the run was told to end, and has not yet."""
        return self.type is StateType.CANCELLING

    def is_paused(self) -> bool:
        """Whether the run waits for somebody to resume it."""
        return self.type is StateType.PAUSED

    def is_final(self) -> bool:
        """Whether the run does not go on by itself."""
        return self.type in TERMINAL_STATES

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy that could be proposed anew: its timestamp is this instant, unless `update` says otherwise."""
        return super().model_copy(update={"timestamp": now(), **(update or {})}, deep=deep)

    def fresh_copy(self, **kwargs: Any) -> Self:
        """A copy with an id and a timestamp of its own; `kwargs` as for `model_copy`."""
        given: Mapping[str, Any] = kwargs.pop("update", None) or {}
        return self.model_copy(update={"id": new_uuid(), **given}, **kwargs)

    def __eq__(self, other: object) -> bool:
        """Whether both are the same state of a run; what it came to is not compared, and may not be comparable."""
        return isinstance(other, State) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity()[:3])

    def _identity(self) -> tuple[Any, ...]:
        return (self.id, self.type, self.timestamp, self.name, self.message, self.state_details)

    def __str__(self) -> str:
        shown = [repr(self.message)] if self.message else []
        if self.name is None or self.name.upper() != self.type.value:
            shown.append(f"type={self.type.value}")
        return f"{self.name}({', '.join(shown)})"

    def __repr__(self) -> str:
        return f"{self.name}(message={self.message!r}, type={self.type.value}, result={self.data!r})"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        stands_in(cls, STATE)


stands_in(State, STATE)


class StateCreate(WireSchema):
    """A state that is proposed: the control plane gives it its id and its timestamp."""

    type: StateType
    name: str | None = None
    message: str | None = None
    data: Any | None = None
    state_details: StateDetails = Field(default_factory=StateDetails)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _completed(self)
        return self


class SetStateStatus(WireEnum):
    """What the control plane made of a proposal."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    ABORT = "ABORT"
    WAIT = "WAIT"


class StateAcceptDetails(WireSchema):
    """The proposed state is the run's state now."""

    type: Literal["accept_details"] = "accept_details"


class StateWaitDetails(WireSchema):
    """Propose it again later."""

    type: Literal["wait_details"] = "wait_details"
    delay_seconds: int
    reason: str | None = None


class StateRejectDetails(WireSchema):
    """Another state is the run's state; go on from there."""

    type: Literal["reject_details"] = "reject_details"
    reason: str | None = None


class StateAbortDetails(WireSchema):
    """Stop: this process must not go on with the run."""

    type: Literal["abort_details"] = "abort_details"
    reason: str | None = None


StateResponseDetails = StateAcceptDetails | StateWaitDetails | StateRejectDetails | StateAbortDetails


class OrchestrationResult(_TypedByResult, Generic[R]):
    """The control plane's answer to a proposal: the state that the run has now, and why."""

    state: State[R] | None
    status: SetStateStatus
    details: StateResponseDetails


class SetStateBody(BodySchema):
    """Body of `set_state`; `force` passes over the rules, not over the fence."""

    state: StateCreate
    force: bool = False


class StatesOfFlowRun(WireSchema):
    """Query of the states of a flow run."""

    flow_run_id: UUID


class StatesOfTaskRun(WireSchema):
    """Query of the states of a task run."""

    task_run_id: UUID
