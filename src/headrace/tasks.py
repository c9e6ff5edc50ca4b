"""Tasks: functions whose calls are recorded, each as a task run of the flow run that it belongs to."""

from collections.abc import Callable, Coroutine, Iterable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from headrace._engine.returning import state_of
from headrace._engine.task_run import task_run
from headrace._kernel import drive
from headrace._kernel.callables import Binder, callable_name, is_async, source_key

if TYPE_CHECKING:  # pydantic, which a script that asks for no State never needs
    from headrace.states import State

__all__ = ["Task", "task"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
# Covariant, or the overloads for coroutine functions silently do not match (pyright infers CoroutineType).
R_co = TypeVar("R_co", covariant=True)


class Task(Generic[P, R_co]):
    """A function that is recorded each time it is called.

    Parameters:
        fn: the function, sync or async.
        name: shown wherever the task's runs are; the function's own name by default.
        description: the function's docstring by default.
        tags: labels of every run of this task.
        version: any text that says which version of the code this is.
    """

    def __init__(
        self,
        fn: Callable[P, R_co],
        *,
        name: str | None = None,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        version: str | None = None,
    ) -> None:
        if not callable(fn):
            raise TypeError(f"'fn' must be callable, but {fn!r} is not: decorate a function with @task")
        update_wrapper(self, fn)
        self.fn = fn
        self.name = name or callable_name(fn)
        self.description = description or fn.__doc__
        self.tags = set(tags or ())
        self.version = version
        self.isasync = is_async(fn)
        self.task_key = source_key(fn)
        self.tag_tuple = tuple(sorted(self.tags))
        self.binder = Binder(fn)

    @overload
    def __call__(
        self: "Task[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> "Coroutine[Any, Any, State[T]]": ...

    @overload
    def __call__(
        self, *args: Any, return_state: Literal[True], wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> "State[R_co]": ...

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the task: returns what its function returns, raises what it raises; with `return_state=True`, its State.

        Raises ParameterBindError where the arguments do not fit the function; then nothing has run.
        """
        __tracebackhide__ = True
        return_state = upstream = None
        if kwargs:
            return_state = kwargs.pop("return_state", None)
            upstream = kwargs.pop("wait_for", None)
        if self.isasync:
            return self._call_async(args, kwargs, return_state, upstream)
        ended = drive.run(task_run(self, args, kwargs, upstream))
        if return_state:
            return state_of(ended, "task_run_id")
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    async def _call_async(self, args: tuple[Any, ...], kwargs: dict[str, Any], return_state: Any, upstream: Any) -> Any:
        __tracebackhide__ = True
        ended = await drive.run_async(task_run(self, args, kwargs, upstream))
        if return_state:
            return state_of(ended, "task_run_id")
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    def __repr__(self) -> str:
        return f"<Task {self.name!r}>"


class TaskDecorator(Protocol):
    """What `@task(...)` with arguments returns."""

    def __call__(self, fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Iterable[str] | None = None,
    version: str | None = None,
) -> TaskDecorator: ...


def task(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Makes a task of a function, with or without options: `@task`, or `@task(name="extract", tags=["daily"])`.

    The options are those of Task.
    """
    if fn is not None:
        return Task(fn, **options)

    def decorate(fn: Callable[..., Any]) -> Task[..., Any]:
        return Task(fn, **options)

    return decorate
