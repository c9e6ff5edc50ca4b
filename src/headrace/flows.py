"""Flows: functions whose calls are flow runs, tracked from begin to end."""

from collections.abc import Callable, Coroutine, Iterable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, Protocol, TypeVar, overload

from headrace._engine.flow_run import flow_run
from headrace._engine.parameters import ParameterValidator
from headrace._engine.returning import state_of
from headrace._kernel import drive
from headrace._kernel.callables import Binder, callable_name, is_async, source_key

if TYPE_CHECKING:  # pydantic, which a script that asks for no State never needs
    from headrace.states import State

__all__ = ["Flow", "flow"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
# Covariant, or the overloads for coroutine functions silently do not match (pyright infers CoroutineType).
R_co = TypeVar("R_co", covariant=True)


class Flow(Generic[P, R_co]):
    """A function whose calls are flow runs.

    Parameters:
        fn: the function, sync or async.
        name: shown wherever the flow's runs are; the function's own name, with hyphens, by default.
        description: the function's docstring by default.
        version: any text that says which version of the code this is.
        validate_parameters: whether arguments are validated, and coerced, as the function's annotations say.
    """

    def __init__(
        self,
        fn: Callable[P, R_co],
        *,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        validate_parameters: bool = True,
    ) -> None:
        if not callable(fn):
            raise TypeError(f"'fn' must be callable, but {fn!r} is not: decorate a function with @flow")
        update_wrapper(self, fn)
        self.fn = fn
        self.name = name or callable_name(fn).replace("_", "-")
        self.description = description or fn.__doc__
        self.version = version
        self.should_validate_parameters = validate_parameters
        self.isasync = is_async(fn)
        self.task_key = source_key(fn)
        self.binder = Binder(fn)
        self.validator = ParameterValidator(self.binder, self.name)

    @overload
    def __call__(
        self: "Flow[P, Coroutine[Any, Any, T]]",
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
        """Runs the flow: returns what its function returns, raises what it raises; with `return_state=True`, its State.

        Raises ParameterBindError where the arguments do not fit the function (then nothing has run), ParameterTypeError
        where an annotation refuses one (then the run is Failed), and Abort where the control plane refuses the run.
        """
        __tracebackhide__ = True
        return_state = kwargs.pop("return_state", None)
        upstream = kwargs.pop("wait_for", None)
        if self.isasync:
            return self._call_async(args, kwargs, return_state, upstream)
        ended = drive.run(flow_run(self, args, kwargs, upstream))
        if return_state:
            return state_of(ended, "flow_run_id")
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    async def _call_async(self, args: tuple[Any, ...], kwargs: dict[str, Any], return_state: Any, upstream: Any) -> Any:
        __tracebackhide__ = True
        ended = await drive.run_async(flow_run(self, args, kwargs, upstream))
        if return_state:
            return state_of(ended, "flow_run_id")
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    def __repr__(self) -> str:
        return f"<Flow {self.name!r}>"


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
