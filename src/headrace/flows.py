"""Flows: functions whose calls are flow runs, tracked from begin to end."""

from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar, overload

from headrace._authoring.runnable import Runnable
from headrace._engine.flow_run import flow_run
from headrace._engine.parameters import ParameterValidator
from headrace._engine.task_run import Ended
from headrace._kernel.steps import Steps

__all__ = ["Flow", "flow"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Flow(Runnable[P, R_co]):
    """A function whose calls are flow runs.

    Parameters:
        fn: the function, sync or async.
        name: shown wherever the flow's runs are; the function's own name, with hyphens, by default.
        description: the function's docstring by default.
        version: any text that says which version of the code this is.
        validate_parameters: whether arguments are validated, and coerced, as the function's annotations say.
    """

    _kind: ClassVar[str] = "flow"

    def __init__(
        self,
        fn: Callable[P, R_co],
        *,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        validate_parameters: bool = True,
    ) -> None:
        super().__init__(fn, name=name, description=description, version=version)
        self.name = name or self.name.replace("_", "-")
        self.should_validate_parameters = validate_parameters
        self.validator = ParameterValidator(self.binder, self.name)

    def _steps(self, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any) -> Steps[Ended]:
        """The life of a flow run."""
        return flow_run(self, args, kwargs, upstream)


class FlowDecorator(Protocol):
    """What `@flow(...)` with arguments returns."""

    def __call__(self, fn: Callable[P, R], /) -> Flow[P, R]: ...


@overload
def flow(fn: Callable[P, R], /) -> Flow[P, R]: ...


@overload
def flow(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
    validate_parameters: bool = True,
) -> FlowDecorator: ...


def flow(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Makes a flow of a function, with or without options: `@flow`, or `@flow(name="daily load")`.

    The options are those of Flow.
    """
    if fn is not None:
        return Flow(fn, **options)

    def decorate(fn: Callable[..., Any]) -> Flow[..., Any]:
        return Flow(fn, **options)

    return decorate
