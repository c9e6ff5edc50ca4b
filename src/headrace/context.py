"""What the code at hand runs in, as objects: the flow run, the task run, the tags in force.

The engine carries frames; a context is a view of one, made when it is asked for. `with context:` makes its run the one
that the code inside belongs to, as a thread that user code started needs it.
"""

import asyncio
import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from datetime import datetime
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from headrace._engine.lineage import Lineage
from headrace._engine.session import refresh_settings, session_here
from headrace._engine.tags import tags, tags_in_force
from headrace._kernel.current import FlowFrame, Frame, TaskFrame, current_flow, current_task, innermost
from headrace._kernel.ids import new_id, state_id, to_uuid
from headrace._wire.flow_runs import FlowRun
from headrace._wire.schema import instant
from headrace._wire.states import State, StateType
from headrace._wire.task_runs import TaskRun
from headrace.exceptions import MissingContextError
from headrace.logging.loggers import logs_prints
from headrace.settings import Profile, Settings, get_current_settings
from headrace.settings import profiles as _profiles
from headrace.settings._reading import outside

__all__ = [
    "ContextModel",
    "EngineContext",
    "FlowRunContext",
    "RunContext",
    "SettingsContext",
    "TagsContext",
    "TaskRunContext",
    "get_run_context",
    "get_settings_context",
    "hydrated_context",
    "refresh_global_settings_context",
    "root_settings_context",
    "serialize_context",
    "tags",
    "use_profile",
    "with_context",
]


class ContextModel(BaseModel):
    """Base of contexts: `with context:` puts it in force, and `Class.get()` gives the one in force, or None.

    A subclass names a ContextVar of its own: `__var__: ClassVar[ContextVar[...]] = ContextVar("mine")`.
    """

    __var__: ClassVar[ContextVar[Any]]
    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")
    _token: "Token[Any] | None" = PrivateAttr(None)

    def __enter__(self) -> Self:
        self._check_not_entered()
        self._token = self.__var__.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._token is None:
            raise RuntimeError("This context is not in force: it was left before, or never entered.")
        token, self._token = self._token, None
        self.__var__.reset(token)

    def _check_not_entered(self) -> None:
        if self._token is not None:
            raise RuntimeError(
                "This context is in force already, and cannot be entered twice: enter a copy, by model_copy()."
            )

    @classmethod
    def get(cls) -> Self | None:
        """The context of this kind in force here."""
        return cls.__var__.get(None)

    def model_copy(self, *, update: Any = None, deep: bool = False) -> Self:
        """A copy that is not in force."""
        copy = super().model_copy(update=update, deep=deep)
        copy._token = None
        return copy

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:
        """The fields that are set, as `hydrated_context` takes them back."""
        return self.model_dump(exclude_unset=True)


class RunContext(ContextModel):
    """Base of the contexts of runs."""

    start_time: datetime
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    log_prints: bool = False
    persist_result: bool = False
    _frame: Frame | None = PrivateAttr(None)

    def __enter__(self) -> Self:
        if self._frame is None:  # made by hand, and so of no run of ours
            return super().__enter__()
        self._check_not_entered()
        self._token = innermost.set(self._frame)
        return self

    def __exit__(self, *_: object) -> None:
        if self._frame is None or self._token is None:
            super().__exit__()
            return
        token, self._token = self._token, None
        innermost.reset(token)


class EngineContext(RunContext):
    """The flow run that the code at hand belongs to, also from within its tasks."""

    __var__: ClassVar[ContextVar[Any]] = ContextVar("headrace_flow_run_context")

    flow: Any = None
    flow_run: FlowRun | None = None
    task_runner: Any = None
    detached: bool = False

    @classmethod
    def get(cls) -> Self | None:
        """The context of the flow run that runs here; None outside of one."""
        frame = current_flow()
        return cls.__var__.get(None) if frame is None else cls._of(frame)

    @classmethod
    def _of(cls, frame: FlowFrame, *, detached: bool = False) -> Self:
        context = cls.model_construct(
            start_time=instant(frame.started_at),
            parameters=frame.parameters,
            log_prints=frame.log_prints,
            persist_result=bool(getattr(frame.flow, "persist_result", False)),
            flow=frame.flow,
            flow_run=_flow_run(frame),
            task_runner=getattr(frame.flow, "task_runner", None),
            detached=detached,
        )
        context._frame = frame
        return context


FlowRunContext = EngineContext


class TaskRunContext(RunContext):
    """The task run that the code at hand belongs to."""

    __var__: ClassVar[ContextVar[Any]] = ContextVar("headrace_task_run_context")

    task: Any = None
    task_run: TaskRun | None = None

    @classmethod
    def get(cls) -> Self | None:
        """The context of the task run that runs here; None directly in a flow, and outside of runs."""
        frame = current_task()
        if frame is None:
            return cls.__var__.get(None) if innermost.get() is None else None
        return cls._of(frame)

    @classmethod
    def _of(cls, frame: TaskFrame) -> Self:
        context = cls.model_construct(
            start_time=instant(_began(frame.run_id)),
            parameters=frame.parameters,
            log_prints=logs_prints(frame),
            persist_result=bool(getattr(frame.task, "persist_result", False)),
            task=frame.task,
            task_run=_task_run(frame),
        )
        context._frame = frame
        return context


class TagsContext(ContextModel):
    """The tags in force, as `with tags(...)` sets them."""

    current_tags: set[str] = Field(default_factory=set[str])

    def __enter__(self) -> Self:
        self._check_not_entered()
        self._token = tags_in_force.set(frozenset(self.current_tags))
        return self

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            token, self._token = self._token, None
            tags_in_force.reset(token)

    @classmethod
    def get(cls) -> Self:
        """The tags in force here; an empty set where there are none."""
        return cls(current_tags=set(tags_in_force.get()))


class SettingsContext(ContextModel):
    """The settings in force, and the profile in use."""

    profile: Profile
    settings: Settings

    @classmethod
    def get(cls) -> Self:
        """Those in force here."""
        return cls.model_construct(profile=_profiles.load_current_profile(), settings=get_current_settings())


def root_settings_context() -> SettingsContext:
    """The settings of the process, and its profile, whatever is changed for a while around."""
    with outside():
        return SettingsContext.get()


def refresh_global_settings_context() -> None:
    """Reads the settings of the process anew, for the runs to come, after its environment was changed."""
    refresh_settings()


def __getattr__(name: str) -> Any:
    if name == "GLOBAL_SETTINGS_CONTEXT":
        return root_settings_context()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def get_settings_context() -> SettingsContext:
    """The settings in force here, and the profile in use."""
    return SettingsContext.get()


@contextmanager
def use_profile(
    profile: Profile | str, override_environment_variables: bool = False, include_current_context: bool = True
) -> Generator[SettingsContext]:
    """Uses another profile for what is inside; see headrace.settings.use_profile."""
    with _profiles.use_profile(profile, override_environment_variables, include_current_context):
        yield get_settings_context()


def get_run_context() -> FlowRunContext | TaskRunContext:
    """The context of the run that this code belongs to: the task run in a task, else the flow run.

    Raises MissingContextError outside of a run.
    """
    context = TaskRunContext.get() or FlowRunContext.get()
    if context is None:
        raise MissingContextError(
            "There is no active flow or task run context here. Call this inside of a flow or a task; in a thread of "
            "your own, wrap what it calls in headrace.context.with_context()."
        )
    return context


_told: WeakValueDictionary[bytes, Frame] = WeakValueDictionary()
"""The frames that were serialized in this process: hydrated here again, a run is itself and no image."""


def serialize_context(asset_ctx_kwargs: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the code at hand runs in, for `hydrated_context` in another thread or process.

    It holds flow, task and parameters themselves: whoever sends it on brings a pickle that knows them.
    """
    flow_frame, task_frame = current_flow(), current_task()
    serialized: dict[str, Any] = {"flow_run_context": {}, "task_run_context": {}, "tags_context": {}}
    if flow_frame is not None:
        _told[flow_frame.run_id] = flow_frame
        serialized["flow_run_context"] = {
            name: getattr(flow_frame, name)
            for name in (*_OF_BOTH, "flow", "flow_id", "attempt", "started_at", "log_prints")
        }
    if task_frame is not None:
        _told[task_frame.run_id] = task_frame
        serialized["task_run_context"] = {name: getattr(task_frame, name) for name in (*_OF_BOTH, "task")}
    if current := tags_in_force.get():
        serialized["tags_context"] = {"current_tags": sorted(current)}
    return serialized


@contextmanager
def hydrated_context(serialized_context: dict[str, Any] | None = None, client: object = None) -> Generator[None]:
    """Runs what is inside in the context that `serialize_context` wrote down; without one, in the one that is."""
    if not serialized_context:
        yield
        return
    frame = _hydrated(serialized_context)
    run = innermost.set(frame) if frame is not None else None
    current: dict[str, list[str]] = serialized_context.get("tags_context") or {}
    in_force = tags_in_force.set(frozenset(current.get("current_tags", ())))
    try:
        yield
    finally:
        tags_in_force.reset(in_force)
        if run is not None:
            innermost.reset(run)


def with_context(fn: Callable[..., Any]) -> Callable[..., Any]:
    """`fn`, to be called in another thread or process as if it were called here: its lines and runs belong here."""
    wrapped = _InContext(fn, serialize_context())
    return wrapped.awaited if iscoroutinefunction(fn) else wrapped


class _InContext:
    """A function with the context that it is called in; it can be pickled where what it holds can be."""

    def __init__(self, fn: Callable[..., Any], context: dict[str, Any]) -> None:
        functools.update_wrapper(self, fn)
        self._fn = fn
        self._context = context

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with hydrated_context(self._context):
            return self._fn(*args, **kwargs)

    async def awaited(self, *args: Any, **kwargs: Any) -> Any:
        """The same of a coroutine function, in a task of its own, so that the caller's context stays as it is."""
        with hydrated_context(self._context):
            running = asyncio.ensure_future(self._fn(*args, **kwargs))
        return await running


_OF_BOTH = ("run_id", "name", "run_count", "parameters", "tags")


def _hydrated(serialized: dict[str, Any]) -> Frame | None:
    of_flow, of_task = serialized.get("flow_run_context"), serialized.get("task_run_context")
    flow_frame = task_frame = None
    if of_flow:
        flow_frame = _told.get(of_flow["run_id"])
        if not isinstance(flow_frame, FlowFrame):
            flow_frame = FlowFrame(
                flow=of_flow["flow"],
                run_id=of_flow["run_id"],
                name=of_flow["name"],
                parent=None,
                session=session_here(),
            )
            flow_frame.lineage = Lineage()
            _fill(flow_frame, of_flow)
    if of_task:
        task_frame = _told.get(of_task["run_id"])
        if not isinstance(task_frame, TaskFrame):
            task_frame = TaskFrame(
                of_task["task"], of_task["run_id"], of_task["name"], flow_frame, flow_frame, session_here()
            )
            _fill(task_frame, of_task)
    return task_frame or flow_frame


def _fill(frame: Frame, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(frame, name, value)


def _flow_run(frame: FlowFrame) -> FlowRun:
    state = _running(frame, frame.attempt, frame.started_at)
    return FlowRun.model_construct(
        id=to_uuid(frame.run_id),
        name=frame.name,
        # A run that could not be recorded has no flow in a store.
        flow_id=to_uuid(frame.flow_id or new_id()),
        flow_version=frame.flow.version,
        parameters=dict(frame.parameters),
        tags=list(frame.tags),
        run_count=frame.run_count,
        parent_task_run_id=to_uuid(frame.parent_task_run_id) if frame.parent_task_run_id else None,
        expected_start_time=state.timestamp,
        start_time=state.timestamp,
        state=state,
        state_id=state.id,
        state_type=state.type,
        state_name=state.name,
    )


def _task_run(frame: TaskFrame) -> TaskRun:
    state = _running(frame, 1, _began(frame.run_id))
    return TaskRun.model_construct(
        id=to_uuid(frame.run_id),
        name=frame.name,
        flow_run_id=to_uuid(frame.flow_frame.run_id) if frame.flow_frame is not None else None,
        task_key=frame.task.task_key,
        dynamic_key=str(to_uuid(frame.run_id)),
        task_version=frame.task.version,
        tags=list(frame.tags),
        run_count=frame.run_count,
        flow_run_run_count=frame.flow_frame.run_count if frame.flow_frame is not None else 0,
        expected_start_time=state.timestamp,
        start_time=state.timestamp,
        state=state,
        state_id=state.id,
        state_type=state.type,
        state_name=state.name,
    )


def _running(frame: Frame, attempt: int, at: int) -> State[Any]:
    return State(
        id=to_uuid(state_id(frame.run_id, attempt, 1)),
        type=StateType.RUNNING,
        name="Running" if frame.run_count == 1 else "Retrying",
        timestamp=instant(at),
    )


def _began(run_id: bytes) -> int:
    """When the run of this id began: a UUIDv7 begins with the milliseconds since the epoch."""
    return int.from_bytes(run_id[:6]) * 1000
