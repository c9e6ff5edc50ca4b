"""A decorated function: how it is described, and what it gives when it is called, submitted or mapped.

Flows and tasks differ in a run's steps.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from functools import partial, update_wrapper
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, NoReturn, ParamSpec, TypeVar, cast, overload

from headrace._authoring.options import HOOKED_STATES, StateHook
from headrace._engine.resolving import Inputs
from headrace._engine.task_run import Ended
from headrace._kernel import drive, late
from headrace._kernel.callables import Binder, callable_name, docstring, is_async, is_generator, source_key
from headrace._kernel.current import Frame, innermost
from headrace._kernel.steps import Steps

if TYPE_CHECKING:  # What a script that submits nothing, and asks for no State, never needs.
    from headrace.futures import HeadraceFutureList
    from headrace.states import State
    from headrace.task_runners import TaskRunner

__all__ = ["Hook", "Runnable"]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
# Covariant, or the overloads for coroutine functions silently do not match (pyright infers CoroutineType).
R_co = TypeVar("R_co", covariant=True)
Hook = TypeVar("Hook", bound=StateHook)

_NO_KEYWORDS: Final[dict[str, Any]] = {}


class Runnable(ABC, Generic[P, R_co]):
    """A function each of whose calls is a run."""

    kind: ClassVar[str]
    """What users call it: "flow" or "task"; `<kind>_run_id` is the detail of a State that names its run."""

    hooks: dict[str, list[StateHook]]
    """What is called when a run enters a state, in its order, by the state's type; nothing where there are no hooks."""

    def __init__(
        self, fn: Callable[P, R_co], *, name: str | None, description: str | None, version: str | None
    ) -> None:
        self.isclassmethod = isinstance(fn, classmethod)
        self.isstaticmethod = isinstance(fn, staticmethod)
        if self.isclassmethod or self.isstaticmethod:
            fn = cast(Any, fn).__func__
        if not callable(fn):
            raise TypeError(f"'fn' must be callable, but {fn!r} is not: decorate a function with @{self.kind}")
        update_wrapper(self, fn)
        self.fn = fn
        self.call: Callable[..., Any] = fn
        """What a run calls with the arguments of its caller: the function, or the method of an instance or class."""
        self.name = name or callable_name(fn)
        self.description = description or docstring(fn)
        self.version = version
        self.isasync = is_async(fn)
        self.isgenerator = is_generator(fn)
        self.task_key = source_key(fn)
        self.binder = Binder(fn)

    @property
    def ismethod(self) -> bool:
        """Whether this is the method of one instance, which calls of it need not give."""
        return self.call is not self.fn and not self.isclassmethod

    def _bound(self, instance: Any, owner: type[Any] | None) -> Any:
        """What `__get__` gives: a method of the instance, or of the class, as any function of a class would be.

        The receiver is the run's first parameter, so that edges and run names know it; what is stored leaves it out.
        """
        # A partial says in Python 3.13 that it will be a method one day, and is none yet.
        if self.isstaticmethod or isinstance(self.fn, MethodType | partial) or not hasattr(type(self.fn), "__get__"):
            return self
        receiver = cast(Any, owner or type(instance)) if self.isclassmethod else instance
        if receiver is None:
            return self
        bound: Any = object.__new__(cast(Any, type(self)))
        bound.__dict__ = {**vars(self), "call": MethodType(self.fn, receiver), "binder": self.binder.bound_to(receiver)}
        return bound

    if not TYPE_CHECKING:  # else nothing would be known of what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Says of a method that Prefect has, and that is not there yet, that it is not; asked for nothing else."""
            told = f"{type(self).__name__!r} object has no attribute {name!r}"
            if not name.startswith("_"):
                absent: Callable[[str, str], str | None] = late.load("absent_method")
                told = absent(self.kind, name) or told
            raise AttributeError(told, name=name, obj=self)

    def _received(self, copy: R) -> R:
        """`copy`, made of the same function, as the method that this is."""
        made = cast(Any, copy)
        made.isclassmethod, made.isstaticmethod = self.isclassmethod, self.isstaticmethod
        if self.binder.receiver:
            made.call, made.binder = self.call, self.binder
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        """By name where a module has it by that name, so that another process gets its own; else by what it is made of.

        The script itself is no module that another process could import.
        """
        module, name = getattr(self, "__module__", None), getattr(self, "__qualname__", "")
        if module != "__main__":
            found: Any = sys.modules.get(str(module))
            for part in name.split("."):
                found = getattr(found, part, None)
            if found is self:
                return name
        return super().__reduce_ex__(protocol)

    @abstractmethod
    def _steps(self, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any) -> Steps[Ended]:
        """The life of one run with these arguments; `upstream` is what the caller said to wait for.

        Raises ParameterBindError at once where they do not fit the function.
        """

    @abstractmethod
    def submitted_steps(self, run_id: bytes, parameters: dict[str, Any], upstream: Any, inputs: Inputs) -> Steps[Ended]:
        """The life of a run some time after it was asked for by this id: of its inputs, these were known then."""

    # What a call with our own keywords gives, ahead of functions that take any keyword. No type can say "P, and these
    # two": the other arguments go unchecked.
    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload] - NoReturn is a coroutine, too, to a type checker
        self: "Runnable[P, NoReturn]",
        *args: Any,
        return_state: Literal[True],
        wait_for: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> "State[Any]": ...

    @overload
    def __call__(
        self: "Runnable[P, Coroutine[Any, Any, T]]",
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
    def __call__(
        self, *args: Any, wait_for: Iterable[Any] | None, return_state: Literal[False] = False, **kwargs: Any
    ) -> R_co: ...

    @overload
    def __call__(self, *args: Any, return_state: Literal[False], **kwargs: Any) -> R_co: ...

    # What a plain call gives. A function that never returns needs its own, or the code behind a call seems reachable.
    @overload
    def __call__(self: "Runnable[P, NoReturn]", *args: P.args, **kwargs: P.kwargs) -> NoReturn: ...

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs it: returns what its function returns, raises what it raises; with `return_state=True`, its State.

        What interrupts it (Ctrl-C, an exit, a cancellation) is raised in either case.

        Raises ParameterBindError where the arguments do not fit the function; then nothing has run.
        """
        __tracebackhide__ = True
        return_state = upstream = None
        if kwargs:
            return_state = kwargs.pop("return_state", None)
            upstream = kwargs.pop("wait_for", None)
        if self.isgenerator:
            return self._iterate(args, kwargs, return_state, upstream)
        if self.isasync:
            if not kwargs and upstream is None and not return_state:
                return self._call_async_plainly(args)
            return self._call_async(args, kwargs, return_state, upstream)
        ended = drive.run(self._steps(args, kwargs, upstream))
        if return_state and not ended.is_interrupted:
            return late.load("state_of")(ended, f"{self.kind}_run_id")
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    def _iterate(self, args: tuple[Any, ...], kwargs: dict[str, Any], return_state: Any, upstream: Any) -> Any:
        """A generator whose run begins with its first item, and ends with its last one, or when it is closed."""
        __tracebackhide__ = True
        if return_state:
            raise ValueError(
                f"The {self.kind} {self.name!r} is a generator, which has no final state before it is exhausted: "
                "call it without return_state=True, and iterate over what it returns."
            )
        steps = self._steps(args, kwargs, upstream)
        drive_generator = late.load("run_async_generator") if self.isasync else late.load("run_generator")
        return drive_generator(steps, _value)

    async def _call_async(self, args: tuple[Any, ...], kwargs: dict[str, Any], return_state: Any, upstream: Any) -> Any:
        __tracebackhide__ = True
        ended = await drive.run_async(self._steps(args, kwargs, upstream))
        if return_state and not ended.is_interrupted:
            return late.load("state_of")(ended, f"{self.kind}_run_id")
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    async def _call_async_plainly(self, args: tuple[Any, ...]) -> Any:
        """The same for most calls, a hundred thousand of which may wait for their turn: each holds little."""
        __tracebackhide__ = True
        ended = await drive.run_async(self._steps(args, _NO_KEYWORDS, None))
        if ended.error is None:
            return ended.value
        raise ended.take_error()

    @overload
    def map(
        self: "Runnable[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "list[State[T]]": ...

    @overload
    def map(
        self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> "list[State[R_co]]": ...

    @overload
    def map(
        self: "Runnable[P, Coroutine[Any, Any, T]]",
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "HeadraceFutureList[T]": ...

    @overload
    def map(
        self: "Runnable[P, Generator[T, Any, Any]] | Runnable[P, AsyncGenerator[T, Any]]",
        *args: Any,
        return_state: Literal[False] = False,
        wait_for: Any = None,
        **kwargs: Any,
    ) -> "HeadraceFutureList[list[T]]": ...

    @overload
    def map(
        self, *args: Any, return_state: Literal[False] = False, wait_for: Any = None, **kwargs: Any
    ) -> "HeadraceFutureList[R_co]": ...

    def map(self, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any) -> Any:
        """Asks for a run for each item of the arguments that can be iterated over, and gives their futures at once.

        Text and bytes are not iterated over, nor what is `unmapped`, nor defaults: all runs get the same. A future is
        waited for, and what it gives is iterated over; in a list of futures, each is an item. Raises, besides what
        `submit` raises, MappingMissingIterable without anything to iterate over, and MappingLengthMismatch where two
        of them differ in length.
        """
        futures = _runner().map(self, self.binder.bound_as_given(args, kwargs), wait_for)
        if not return_state:
            return futures
        futures.wait()
        return [future.state for future in futures]

    def _submitted(self, args: tuple[Any, ...], kwargs: dict[str, Any], return_state: bool, upstream: Any) -> Any:
        """What `submit` gives: a future, or the State that it comes to."""
        future = _runner().submit(self, self.binder.bound(args, kwargs), upstream)
        if not return_state:
            return future
        future.wait()
        return future.state

    def on_completion(self, fn: Hook) -> Hook:
        """Has `fn` called, behind the hooks that are there, when a run is Completed."""
        return self._add_hook("on_completion", fn)

    def on_failure(self, fn: Hook) -> Hook:
        """Has `fn` called, behind the hooks that are there, when a run is Failed and not tried again."""
        return self._add_hook("on_failure", fn)

    def on_running(self, fn: Hook) -> Hook:
        """Has `fn` called, behind the hooks that are there, each time that a run is Running."""
        return self._add_hook("on_running", fn)

    @property
    def on_completion_hooks(self) -> list[StateHook]:
        """What is called when a run is Completed."""
        return self._hooks_of("on_completion")

    @property
    def on_failure_hooks(self) -> list[StateHook]:
        """What is called when a run is Failed and not tried again."""
        return self._hooks_of("on_failure")

    @property
    def on_running_hooks(self) -> list[StateHook]:
        """What is called each time that a run is Running."""
        return self._hooks_of("on_running")

    def _add_hook(self, option: str, fn: Hook) -> Hook:
        if not callable(fn):
            raise TypeError(f"Expected a hook that can be called; got {fn!r} instead. Decorate a function with it.")
        self._hooks_of(option).append(fn)
        return fn

    def _hooks_of(self, option: str) -> list[StateHook]:
        """The list of an option: what is added to it counts, though there were no hooks before."""
        return self.hooks.setdefault(HOOKED_STATES[option], [])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def _runner() -> "TaskRunner[Any]":
    here: Callable[[Frame | None], TaskRunner[Any]] = late.load("runner_here")
    return here(innermost.get())


def _value(ended: Ended) -> Any:
    """What a run comes to for its caller."""
    __tracebackhide__ = True
    if ended.error is None:
        return ended.value
    raise ended.take_error()
