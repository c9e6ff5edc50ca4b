"""Task runs on the wire."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from headrace._kernel.names import generated_name
from headrace._wire.schema import Instant, Labels, NewKey, ObjectSchema, Paginated, WireSchema
from headrace._wire.states import State, StateCreate, StateType

__all__ = [
    "Constant",
    "FlowRunResult",
    "Parameter",
    "TaskInput",
    "TaskRun",
    "TaskRunCreate",
    "TaskRunPaginationResponse",
    "TaskRunPolicy",
    "TaskRunResponse",
    "TaskRunResult",
    "TaskRunUpdate",
]


def _or_generated(name: Any) -> Any:
    return generated_name() if name is None or name == "" else name


_Name = Annotated[str, BeforeValidator(_or_generated)]


class TaskRunPolicy(WireSchema):
    """How often a task run is tried again, and after how long."""

    max_retries: int = 0
    retry_delay_seconds: float = 0
    retries: int | None = None
    retry_delay: int | float | list[int] | list[float] | None = None
    retry_jitter_factor: float | None = None


class TaskRunResult(WireSchema):
    """An argument that was the result of a task run."""

    input_type: Literal["task_run"] = "task_run"
    id: UUID


class FlowRunResult(WireSchema):
    """An argument that was the result of a flow run."""

    input_type: Literal["flow_run"] = "flow_run"
    id: UUID


class Parameter(WireSchema):
    """An argument that was a parameter of the flow."""

    input_type: Literal["parameter"] = "parameter"
    name: str


class Constant(WireSchema):
    """An argument that was a plain value."""

    input_type: Literal["constant"] = "constant"
    type: str


TaskInput = TaskRunResult | FlowRunResult | Parameter | Constant


class TaskRun(ObjectSchema):
    """A run of a task. Times are UTC; durations are seconds on the wire and `timedelta` in Python."""

    name: str = Field(default_factory=generated_name)
    flow_run_id: UUID | None = None
    task_key: str
    dynamic_key: str
    cache_key: str | None = None
    cache_expiration: Instant | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy = Field(default_factory=TaskRunPolicy)
    tags: list[str] = Field(default_factory=list[str])
    labels: Labels | None = Field(default_factory=Labels)
    state_id: UUID | None = None
    task_inputs: dict[str, list[TaskInput]] = Field(default_factory=dict[str, list[TaskInput]])
    state_type: StateType | None = None
    state_name: str | None = None
    run_count: int = 0
    flow_run_run_count: int = 0
    expected_start_time: Instant | None = None
    next_scheduled_start_time: Instant | None = None
    start_time: Instant | None = None
    end_time: Instant | None = None
    total_run_time: timedelta = timedelta()
    estimated_run_time: timedelta = timedelta()
    estimated_start_time_delta: timedelta = timedelta()
    state: State[Any] | None = None


class TaskRunResponse(TaskRun):
    """A task run as a page of them has it."""

    dynamic_key: str = ""


class TaskRunPaginationResponse(Paginated):
    """A page of task runs."""

    results: list[TaskRunResponse]


class TaskRunCreate(WireSchema):
    """A task run to make; one of the same flow run with the same keys is answered as it is."""

    id: UUID | None = None
    state: StateCreate | None = None
    name: _Name = Field(default_factory=generated_name)
    flow_run_id: UUID | None = None
    task_key: str
    dynamic_key: str
    cache_key: str | None = None
    cache_expiration: Instant | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy = Field(default_factory=TaskRunPolicy)
    tags: list[str] = Field(default_factory=list[str])
    labels: Labels | None = Field(default_factory=Labels)
    task_inputs: dict[NewKey, list[TaskInput]] = Field(default_factory=dict[str, list[TaskInput]])


class TaskRunUpdate(WireSchema):
    """What of a task run shall change; a name that is null is one that is generated."""

    name: _Name = Field(default_factory=generated_name)
