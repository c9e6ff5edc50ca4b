"""Tasks: functions whose calls are recorded, each as a task run of the flow run that it belongs to."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Literal, ParamSpec, Protocol, TypeVar, Unpack, overload

from headrace._authoring.options import TaskOptions, check_options, hooks_of, merged_options, timeout_of
from headrace._authoring.runnable import Runnable
from headrace._engine.resolving import Inputs
from headrace._engine.retrying import Retried, RetryOptions, exponential_backoff
from headrace._engine.run_names import RunNamer
from headrace._engine.tags import checked_tags
from headrace._engine.task_run import Ended, submitted_run, task_run
from headrace._kernel.steps import Steps

if TYPE_CHECKING:  # What a script that submits nothing, and asks for no State, never needs.
    from headrace.client.schemas.objects import TaskRun
    from headrace.futures import HeadraceFuture
    from headrace.states import State

__all__ = ["RetryConditionCallable", "StateHookCallable", "Task", "exponential_backoff", "task"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")
Owner = TypeVar("Owner")

StateHookCallable = Callable[["Task[..., Any]", "TaskRun", "State[Any]"], Awaitable[None] | None]
"""What is called when a run of a task enters a state."""

RetryConditionCallable = Callable[["Task[..., Any]", "TaskRun", "State[Any]"], Awaitable[bool] | bool]
"""What says of a run that failed whether it is tried again."""


class Task(Retried, Runnable[P, R_co]):
    """A function that is recorded each time it is called, made of it and the options that `TaskOptions` lists."""

    kind: ClassVar[str] = "task"

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[TaskOptions]) -> None:
        check_options("task", options)
        super().__init__(
            fn, name=options.get("name"), description=options.get("description"), version=options.get("version")
        )
        self.tags = set(checked_tags(options.get("tags") or (), f"the task {self.name!r}"))
        self.tag_tuple = tuple(sorted(self.tags))
        self.task_run_name = options.get("task_run_name")
        self.run_namer = RunNamer(self.task_run_name, "task_run_name") if self.task_run_name is not None else None
        self.log_prints = options.get("log_prints")
        self.timeout_seconds = timeout_of("task", options)
        self.retry_jitter_factor = options.get("retry_jitter_factor")
        self.retry_condition_fn = options.get("retry_condition_fn")
        self.hooks = hooks_of("task", options)
        self._retrying = RetryOptions(
            "task",
            options.get("retries"),
            options.get("retry_delay_seconds"),
            self.retry_jitter_factor,
            self.retry_condition_fn,
        )

    def with_options(self, **options: Unpack[TaskOptions]) -> "Task[P, R_co]":
        """A task of the same function, with these options and for the rest those of this task."""
        return self._received(Task(self.fn, **merged_options("task", self._options(), options)))

    def _options(self) -> TaskOptions:
        retries, delays = self._retrying.given()
        return {
            "name": self.name,
            "description": self.description,
            "tags": self.tags,
            "version": self.version,
            "task_run_name": self.task_run_name,
            "retries": retries,
            "retry_delay_seconds": delays,
            "retry_jitter_factor": self.retry_jitter_factor,
            "retry_condition_fn": self.retry_condition_fn,
            "timeout_seconds": self.timeout_seconds,
            "log_prints": self.log_prints,
            "on_completion": self.hooks.get("COMPLETED"),
            "on_failure": self.hooks.get("FAILED"),
            "on_running": self.hooks.get("RUNNING"),
        }

    @overload
    def __get__(
        self: "Task[Concatenate[type[Owner], Q], R]", instance: Owner | None, owner: type[Owner]
    ) -> "Task[Q, R]": ...

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> "Task[P, R_co]": ...

    @overload
    def __get__(
        self: "Task[Concatenate[Owner, Q], R]", instance: Owner, owner: type[Any] | None = None
    ) -> "Task[Q, R]": ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> "Task[P, R_co]": ...

    def __get__(self, instance: object, owner: type[Any] | None = None) -> "Task[..., Any]":
        """The task as a method of `instance`, which is then its first parameter."""
        return self._bound(instance, owner)

    @overload
    def submit(
        self: "Task[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "State[T]": ...

    @overload
    def submit(self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any) -> "State[R_co]": ...

    @overload
    def submit(
        self: "Task[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "HeadraceFuture[T]": ...

    @overload
    def submit(
        self: "Task[P, Generator[T, Any, Any]] | Task[P, AsyncGenerator[T, Any]]",
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "HeadraceFuture[list[T]]": ...

    @overload
    def submit(
        self, *args: Any, return_state: Literal[False] = False, wait_for: Any = None, **kwargs: Any
    ) -> "HeadraceFuture[R_co]": ...

    def submit(self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any) -> Any:
        """Asks for a run with these arguments, and gives a future of it at once.

        Futures and states among the arguments, and in `wait_for`, are waited for first; where one did not end well, the
        run is NotReady, and never begins. With `return_state=True`, waits for the run and gives its State.
        Raises MissingContextError outside of a flow run, and ParameterBindError where the arguments do not fit.
        """
        return self._submitted(args, kwargs, return_state, wait_for)

    def _steps(self, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any) -> Steps[Ended]:
        """The life of a task run."""
        return task_run(self, args, kwargs, upstream)

    def submitted_steps(self, run_id: bytes, parameters: dict[str, Any], upstream: Any, inputs: Inputs) -> Steps[Ended]:
        """The life of a task run that was submitted."""
        return submitted_run(self, run_id, parameters, upstream, inputs)


class TaskDecorator(Protocol):
    """What `@task(...)` with arguments returns."""

    def __call__(self, fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(fn: Callable[P, R], /, **options: Unpack[TaskOptions]) -> Task[P, R]: ...


@overload
def task(fn: None = None, /, **options: Unpack[TaskOptions]) -> TaskDecorator: ...


def task(fn: Any = None, /, **options: Any) -> Any:
    """Makes a task of a function, with or without options: `@task`, or `@task(name="extract", tags=["daily"])`.

    The options are those of TaskOptions.
    """
    if fn is not None:
        return Task(fn, **options)
    check_options("task", options)

    def decorate(fn: Callable[..., Any]) -> Task[..., Any]:
        return Task(fn, **options)

    return decorate
