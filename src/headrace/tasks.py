"""Tasks: functions whose calls are recorded, each as a task run of the flow run that it belongs to."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar, overload

from headrace._authoring.runnable import Runnable
from headrace._engine.task_run import Ended, task_run
from headrace._kernel.steps import Steps

__all__ = ["Task", "task"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Task(Runnable[P, R_co]):
    """A function that is recorded each time it is called.

    Parameters:
        fn: the function, sync or async.
        name: shown wherever the task's runs are; the function's own name by default.
        description: the function's docstring by default.
        tags: labels of every run of this task.
        version: any text that says which version of the code this is.
    """

    _kind: ClassVar[str] = "task"

    def __init__(
        self,
        fn: Callable[P, R_co],
        *,
        name: str | None = None,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        version: str | None = None,
    ) -> None:
        super().__init__(fn, name=name, description=description, version=version)
        self.tags = set(tags or ())
        self.tag_tuple = tuple(sorted(self.tags))

    def _steps(self, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any) -> Steps[Ended]:
        """The life of a task run."""
        return task_run(self, args, kwargs, upstream)


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
