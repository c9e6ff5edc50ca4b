"""Flows: functions whose calls are flow runs, tracked from begin to end."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Final,
    Literal,
    ParamSpec,
    Protocol,
    TypeVar,
    Unpack,
    overload,
)

from headrace._authoring.options import (
    FlowOptions,
    StateHook,
    check_options,
    checked_runner,
    hooks_of,
    merged_options,
    timeout_of,
)
from headrace._authoring.runnable import Hook, Runnable
from headrace._engine.flow_run import flow_run, submitted_flow_run
from headrace._engine.parameters import ParameterValidator, jsonable
from headrace._engine.resolving import Inputs
from headrace._engine.retrying import Retried, RetryOptions
from headrace._engine.run_names import RunNamer
from headrace._engine.task_run import Ended
from headrace._kernel import late
from headrace._kernel.names import MAX_KEY_BYTES
from headrace._kernel.steps import Steps
from headrace.exceptions import InvalidNameError

if TYPE_CHECKING:  # What a script that submits nothing, and asks for no State, never needs.
    from headrace.client.schemas.objects import FlowRun
    from headrace.futures import HeadraceFlowRunFuture
    from headrace.states import State
    from headrace.task_runners import TaskRunner

__all__ = ["Flow", "FlowStateHook", "flow"]

_BANNED_CHARACTERS: Final = "/%&><"

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")
R_contra = TypeVar("R_contra", contravariant=True)
Owner = TypeVar("Owner")


class Flow(Retried, Runnable[P, R_co]):
    """A function whose calls are flow runs, made of the function and the options that `FlowOptions` lists."""

    kind: ClassVar[str] = "flow"

    def __init__(self, fn: Callable[P, R_co], **options: Unpack[FlowOptions]) -> None:
        check_options("flow", options)
        version = options.get("version")
        super().__init__(fn, name=options.get("name"), description=options.get("description"), version=version)
        if version is None:
            del self.version  # The property below then answers.
        self.name = _flow_name(options.get("name"), self.name)
        self.flow_run_name = options.get("flow_run_name")
        self.run_namer = RunNamer(self.flow_run_name, "flow_run_name") if self.flow_run_name is not None else None
        self.given_task_runner = checked_runner(options.get("task_runner"))
        self._retrying = RetryOptions("flow", options.get("retries"), options.get("retry_delay_seconds"))
        self.timeout_seconds = timeout_of("flow", options)
        self.log_prints = options.get("log_prints")
        self.hooks = hooks_of("flow", options)
        self.should_validate_parameters = options.get("validate_parameters") is not False
        self.validator = ParameterValidator(self.binder, self.name)

    @cached_property
    def version(self) -> str | None:
        """Which version of the code this is: by default a checksum of its file, which decorating does not read."""
        source_version: Callable[[Callable[..., Any]], str | None] = late.load("source_version")
        return source_version(self.fn)

    @cached_property
    def task_runner(self) -> "TaskRunner[Any]":
        """Where the tasks run that are submitted and mapped in a run of this flow: by default, on threads."""
        return self.given_task_runner or late.load("task_runner")()

    def with_options(self, **options: Unpack[FlowOptions]) -> "Flow[P, R_co]":
        """A flow of the same function, with these options and for the rest those of this flow."""
        return self._received(Flow(self.fn, **merged_options("flow", self._options(), options)))

    def _options(self) -> FlowOptions:
        retries, delays = self._retrying.given()
        return {
            "name": self.name,
            "description": self.description,
            "version": self.__dict__.get("version"),
            "flow_run_name": self.flow_run_name,
            "retries": retries,
            "retry_delay_seconds": delays,
            "timeout_seconds": self.timeout_seconds,
            "on_completion": self.hooks.get("COMPLETED"),
            "on_failure": self.hooks.get("FAILED"),
            "on_cancellation": self.hooks.get("CANCELLED"),
            "on_crashed": self.hooks.get("CRASHED"),
            "on_running": self.hooks.get("RUNNING"),
            "task_runner": self.given_task_runner,
            "validate_parameters": self.should_validate_parameters,
            "log_prints": self.log_prints,
        }

    def on_cancellation(self, fn: Hook) -> Hook:
        """Has `fn` called, behind the hooks that are there, when a run is Cancelled by others than itself."""
        return self._add_hook("on_cancellation", fn)

    def on_crashed(self, fn: Hook) -> Hook:
        """Has `fn` called, behind the hooks that are there, when a run is Crashed."""
        return self._add_hook("on_crashed", fn)

    @property
    def on_cancellation_hooks(self) -> list[StateHook]:
        """What is called when a run is Cancelled by others than itself."""
        return self._hooks_of("on_cancellation")

    @property
    def on_crashed_hooks(self) -> list[StateHook]:
        """What is called when a run is Crashed."""
        return self._hooks_of("on_crashed")

    @cached_property
    def parameters(self) -> Any:
        """The schema of the flow's parameters: a ParameterSchema."""
        return late.load("parameter_schema")(self.fn)

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """All parameters of a run that is given these by name: with defaults, coerced as the annotations say.

        Raises SignatureMismatchError for a name that the function does not have, and ParameterTypeError for a value
        that its annotation refuses, or that is missing.
        """
        return self.validator.validate_by_name(parameters, self.binder)

    def serialize_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """These parameters as values that JSON knows, as they are kept with a run: no secret is among them."""
        return jsonable(parameters)

    @overload
    def __get__(
        self: "Flow[Concatenate[type[Owner], Q], R]", instance: Owner | None, owner: type[Owner]
    ) -> "Flow[Q, R]": ...

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> "Flow[P, R_co]": ...

    @overload
    def __get__(
        self: "Flow[Concatenate[Owner, Q], R]", instance: Owner, owner: type[Any] | None = None
    ) -> "Flow[Q, R]": ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> "Flow[P, R_co]": ...

    def __get__(self, instance: object, owner: type[Any] | None = None) -> "Flow[..., Any]":
        """The flow as a method of `instance`, which is then its first parameter."""
        return self._bound(instance, owner)

    @overload
    def submit(
        self: "Flow[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "State[T]": ...

    @overload
    def submit(self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any) -> "State[R_co]": ...

    @overload
    def submit(
        self: "Flow[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "HeadraceFlowRunFuture[T]": ...

    @overload
    def submit(
        self: "Flow[P, Generator[T, Any, Any]] | Flow[P, AsyncGenerator[T, Any]]",
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "HeadraceFlowRunFuture[list[T]]": ...

    @overload
    def submit(
        self, *args: Any, return_state: Literal[False] = False, wait_for: Any = None, **kwargs: Any
    ) -> "HeadraceFlowRunFuture[R_co]": ...

    def submit(self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any) -> Any:
        """Asks for a run with these arguments, and gives a future of it at once.

        Futures and states among the arguments, and in `wait_for`, are waited for first; where one did not end well, the
        run is NotReady, and never begins. With `return_state=True`, waits for the run and gives its State.
        Raises MissingContextError outside of a flow run, and ParameterBindError where the arguments do not fit.
        """
        return self._submitted(args, kwargs, return_state, wait_for)

    def _steps(self, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any) -> Steps[Ended]:
        """The life of a flow run."""
        return flow_run(self, args, kwargs, upstream)

    def submitted_steps(self, run_id: bytes, parameters: dict[str, Any], upstream: Any, inputs: Inputs) -> Steps[Ended]:
        """The life of a subflow's run that was submitted."""
        return submitted_flow_run(self, run_id, parameters, upstream, inputs)


class FlowStateHook(Protocol[P, R_contra]):
    """What is called when a run of a flow enters a state."""

    def __call__(
        self, flow: "Flow[P, R_contra]", flow_run: "FlowRun", state: "State[Any]"
    ) -> Awaitable[None] | None: ...


def _flow_name(given: str | None, name_of_fn: str) -> str:
    """The name of a flow; InvalidNameError for one that the API does not take: quoted in paths, or too long."""
    name = given or ("unknown-lambda" if name_of_fn == "<lambda>" else name_of_fn.replace("_", "-"))
    if any(character in name for character in _BANNED_CHARACTERS):
        raise InvalidNameError(
            f"The name {name!r} of a flow contains one of {' '.join(_BANNED_CHARACTERS)}, which no flow's name may: "
            "give another, as in @flow(name='daily load')."
        )
    if len(name) > MAX_KEY_BYTES // 4 and len(name.encode(errors="replace")) > MAX_KEY_BYTES:
        raise InvalidNameError(
            f"The name of a flow has at most {MAX_KEY_BYTES} bytes in UTF-8, and {name[:40]!r}... has more: give "
            "another, as in @flow(name='daily load')."
        )
    return name


class FlowDecorator(Protocol):
    """What `@flow(...)` with arguments returns."""

    def __call__(self, fn: Callable[P, R], /) -> Flow[P, R]: ...


@overload
def flow(fn: Callable[P, R], /, **options: Unpack[FlowOptions]) -> Flow[P, R]: ...


@overload
def flow(fn: None = None, /, **options: Unpack[FlowOptions]) -> FlowDecorator: ...


def flow(fn: Any = None, /, **options: Any) -> Any:
    """Makes a flow of a function, with or without options: `@flow`, or `@flow(name="daily load")`.

    The options are those of FlowOptions.
    """
    if fn is not None:
        return Flow(fn, **options)
    check_options("flow", options)

    def decorate(fn: Callable[..., Any]) -> Flow[..., Any]:
        return Flow(fn, **options)

    return decorate
