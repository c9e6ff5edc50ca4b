"""The error tree of Headrace. Each message says what happened, with which value, and what to do.

HeadraceException (PrefectException)
|-- of settings     ConfigurationError, MissingProfileError, ProfileSettingsValidationError
|-- of calls        ParameterTypeError, ParameterBindError, SignatureMismatchError, ReservedArgumentError,
|                   MappingLengthMismatch, MappingMissingIterable, MissingContextError, InvalidNameError
|-- of runs         FailedRun, CrashedRun, CancelledRun, PausedRun, UnfinishedRun: a run asked for its result;
|                   MissingResult, UpstreamTaskError, NotPausedError, FlowPauseTimeout, FlowRunWaitTimeout,
|                   FlowRunWatchError
|-- of flows' files MissingFlowError, UnspecifiedFlowError, ScriptError, InvalidRepositoryURLError
|-- of the API      ObjectNotFound, ObjectAlreadyExists, ObjectLimitReached, ObjectUnsupported, APIStatusError,
|                   StoreUnavailable, EventTooLarge
|-- of values       SerializationError, HashError, BlockMissingCapabilities, ProtectedBlockError
`-- of machines     InfrastructureError, InfrastructureNotFound, InfrastructureNotAvailable

HeadraceSignal (PrefectSignal), no Exception, so that user code does not swallow it: Abort, Pause
ExternalSignal, likewise: TerminationSignal
HeadraceImportError (PrefectImportError), an ImportError
HeadraceHTTPStatusError (PrefectHTTPStatusError), an httpx.HTTPStatusError, made when it is asked for
"""

from collections.abc import Callable
from typing import Any, Protocol, Self, cast

from headrace._kernel import late

__all__ = [
    "APIStatusError",
    "Abort",
    "BlockMissingCapabilities",
    "CancelledRun",
    "ConfigurationError",
    "CrashedRun",
    "EventTooLarge",
    "ExternalSignal",
    "FailedRun",
    "FlowPauseTimeout",
    "FlowRunTimeoutError",
    "FlowRunWaitTimeout",
    "FlowRunWatchError",
    "HashError",
    "HeadraceException",
    "HeadraceHTTPStatusError",
    "HeadraceImportError",
    "HeadraceSignal",
    "InfrastructureError",
    "InfrastructureNotAvailable",
    "InfrastructureNotFound",
    "InvalidNameError",
    "InvalidRepositoryURLError",
    "MappingLengthMismatch",
    "MappingMissingIterable",
    "MissingContextError",
    "MissingFlowError",
    "MissingProfileError",
    "MissingResult",
    "NotPausedError",
    "ObjectAlreadyExists",
    "ObjectLimitReached",
    "ObjectNotFound",
    "ObjectUnsupported",
    "ParameterBindError",
    "ParameterTypeError",
    "Pause",
    "PausedRun",
    "PrefectException",
    "PrefectHTTPStatusError",
    "PrefectImportError",
    "PrefectSignal",
    "ProfileSettingsValidationError",
    "ProtectedBlockError",
    "ReservedArgumentError",
    "ScriptError",
    "SerializationError",
    "SignatureMismatchError",
    "StoreUnavailable",
    "TaskRunTimeoutError",
    "TerminationSignal",
    "UnfinishedRun",
    "UnspecifiedFlowError",
    "UpstreamTaskError",
    "exception_traceback",
]

HeadraceHTTPStatusError: Any
PrefectHTTPStatusError: Any


def __getattr__(name: str) -> Any:
    if name in ("HeadraceHTTPStatusError", "PrefectHTTPStatusError"):
        return late.load("http_status_error")
    raise AttributeError(f"headrace.exceptions has no error named {name!r}")


class Refusal(Protocol):
    """What pydantic's ValidationError tells: a dictionary for each value that it refused."""

    def errors(self, *, include_url: bool, include_context: bool) -> list[Any]: ...


def _made_again(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    error = kind.__new__(kind)
    error.args = args
    return error


class HeadraceException(Exception):
    """Base of all errors that Headrace raises."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by what it holds: unlike Exception's own way, that fits constructors that word their message."""
        return _made_again, (type(self), self.args), self.__dict__


class HeadraceSignal(BaseException):
    """Base of what the engine raises in user code, past its `except Exception`, to end a run."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as a HeadraceException is."""
        return _made_again, (type(self), self.args), self.__dict__


class HeadraceImportError(ImportError):
    """A package that is not installed is needed for what was asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


PrefectException = HeadraceException
PrefectSignal = HeadraceSignal
PrefectImportError = HeadraceImportError


class ConfigurationError(HeadraceException):
    """A setting has a value that cannot be used."""


class MissingProfileError(HeadraceException, ValueError):
    """There is no profile of that name."""


class ProfileSettingsValidationError(HeadraceException):
    """Settings of a profile have values that cannot be used: `errors` holds pairs of setting and error."""

    def __init__(self, errors: list[tuple[Any, Any]]) -> None:
        self.errors = errors
        super().__init__(errors)


class ParameterTypeError(HeadraceException):
    """A flow's parameter was refused by its annotation."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_validation_error(cls, exc: Refusal) -> Self:
        """The error that names each parameter that pydantic refused, and why."""
        refused = [
            f"  {'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in exc.errors(include_url=False, include_context=False)
        ]
        return cls("\n".join(["The flow's parameters are not valid:", *refused]))


class ParameterBindError(TypeError, HeadraceException):
    """A call's arguments do not fit the signature of the flow's or task's function."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_bind_failure(
        cls, fn: Callable[..., Any], exc: TypeError, call_args: tuple[Any, ...], call_kwargs: dict[str, Any]
    ) -> Self:
        """The error of a call of `fn` with these arguments, which Python refused with `exc`."""
        from inspect import signature  # 10 ms, and only where something went wrong

        name = getattr(fn, "__name__", repr(fn))
        return cls(
            f"{name}{signature(fn)} cannot be called with {len(call_args)} positional arguments and the keywords "
            f"{', '.join(sorted(call_kwargs)) or '(none)'}: {exc}"
        )


class SignatureMismatchError(HeadraceException, TypeError):
    """A parameter was named that the function does not have."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)

    @classmethod
    def from_bad_params(cls, expected_params: list[str], provided_params: list[str]) -> Self:
        """The error of a function that was given other parameters than it has."""
        return cls(f"The function takes the parameters {expected_params}, and was given {provided_params}.")


class ReservedArgumentError(HeadraceException, TypeError):
    """A function has a parameter whose name a call of a flow or task needs for itself."""


class MappingLengthMismatch(HeadraceException):
    """The iterables given to a map are not of one length."""


class MappingMissingIterable(HeadraceException):
    """A map was given nothing to map over."""


class MissingContextError(HeadraceException, RuntimeError):
    """Something that needs a run was used outside of one."""


class InvalidNameError(HeadraceException, ValueError):
    """A name has characters that names may not have, or too many."""


class FailedRun(HeadraceException):
    """The result was asked of a run that Failed without an exception."""


class CrashedRun(HeadraceException):
    """The result was asked of a run that Crashed."""


class CancelledRun(HeadraceException):
    """The result was asked of a run that was Cancelled."""


class PausedRun(HeadraceException):
    """The result was asked of a run that is Paused, which is in `state`."""

    def __init__(self, *args: Any, state: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state


class UnfinishedRun(HeadraceException):
    """The result was asked of a run that has not ended."""


class MissingResult(HeadraceException):
    """A run's result is not there: it was not kept, or its storage does not have it."""


class UpstreamTaskError(HeadraceException):
    """A task cannot begin, since one that it depends on did not complete."""


class NotPausedError(HeadraceException):
    """A run was told to go on that is not paused."""


class FlowPauseTimeout(HeadraceException):
    """A paused run was not resumed in time."""


class FlowRunTimeoutError(TimeoutError):
    """A flow run took longer than its `timeout_seconds`."""


class TaskRunTimeoutError(TimeoutError):
    """A task run took longer than its `timeout_seconds`."""


class FlowRunWaitTimeout(HeadraceException):
    """A flow run that was waited for did not end in time."""


class FlowRunWatchError(HeadraceException):
    """A flow run could not be watched to its end."""


class MissingFlowError(HeadraceException):
    """A file has no flow, or none of the wanted name."""


class UnspecifiedFlowError(HeadraceException):
    """A file has several flows, and none was named."""


class ScriptError(HeadraceException):
    """A user's file raised an error while it was loaded; `user_exc` is that error."""

    def __init__(self, user_exc: Exception, path: str) -> None:
        super().__init__(f"Loading {path!r} raised {user_exc!r}.")
        self.user_exc = user_exc
        self.path = path


class InvalidRepositoryURLError(HeadraceException):
    """The URL of a repository cannot be used."""


class _RefusedByAPI(HeadraceException):
    """Base of what the control plane answers; `http_exc` is the error below, None in process."""

    def __init__(self, http_exc: Exception | None, *args: Any, **kwargs: Any) -> None:
        self.http_exc = http_exc
        super().__init__(*args, **kwargs)


class ObjectNotFound(_RefusedByAPI):
    """The control plane has no such object."""

    def __init__(
        self, http_exc: Exception | None = None, help_message: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        self.help_message = help_message
        said = help_message or (str(http_exc) if http_exc is not None else "the control plane has no such object")
        super().__init__(http_exc, said, *args, **kwargs)


class ObjectAlreadyExists(_RefusedByAPI):
    """The control plane has such an object already."""


class ObjectLimitReached(_RefusedByAPI):
    """The control plane takes no more objects of this kind."""


class ObjectUnsupported(_RefusedByAPI):
    """The control plane knows no objects of this kind."""


class APIStatusError(HeadraceException):
    """The control plane answered a request with an error.

    `status_code` is that of HTTP, also in process; `body` is what came with it, decoded; `reason` its own words.
    """

    def __init__(self, method: str, path: str, status_code: int, body: object, advice: str = "") -> None:
        self.method = method
        self.path = path
        self.status_code = status_code
        self.body = body
        self.reason = f"{_reason(body)}: {advice}" if advice else _reason(body)
        super().__init__(f"{method} {path} was answered with {status_code}: {self.reason}")


def _reason(body: object) -> str:
    """What an error's body says: `detail`, or `exception_message` with its `exception_detail`."""
    if not isinstance(body, dict):
        return str(body)
    told = cast("dict[str, object]", body)
    said = [str(told[key]) for key in ("detail", "exception_message", "exception_detail") if told.get(key)]
    return " ".join(said) or "no reason given"


class StoreUnavailable(HeadraceException):
    """The control plane cannot be used now. What was reported stays in the journal, and nothing was destroyed."""


class EventTooLarge(HeadraceException):
    """An event of `size` bytes, of which `maximum` may be sent."""

    def __init__(self, size: int, maximum: int) -> None:
        super().__init__(f"The event has {size} bytes; {maximum} may be sent.")
        self.size = size
        self.maximum = maximum


class SerializationError(HeadraceException):
    """A value cannot be written down, or read back."""


class HashError(HeadraceException):
    """A value cannot be hashed, so that no cache key is to be had of it."""


class BlockMissingCapabilities(HeadraceException):
    """A block cannot do what is asked of it."""


class ProtectedBlockError(HeadraceException):
    """A block that came with Headrace was to be changed or deleted."""


class InfrastructureError(HeadraceException):
    """What runs flows cannot do what is asked of it."""


class InfrastructureNotFound(HeadraceException):
    """What ran a flow is no longer there."""


class InfrastructureNotAvailable(HeadraceException):
    """What ran a flow cannot be reached from here."""


class Abort(HeadraceSignal):
    """The control plane refused this run: it must not go on."""


class Pause(HeadraceSignal):
    """This run is to pause here; `state` is the state that it pauses in."""

    def __init__(self, *args: Any, state: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state


class ExternalSignal(BaseException):
    """Base of what the system asks of the process."""


class TerminationSignal(ExternalSignal):
    """The process was told to end by the signal of this number."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


def exception_traceback(exc: BaseException) -> str:
    """The traceback of an exception, as Python prints it."""
    from traceback import TracebackException  # with what it imports, 5 ms

    return "".join(TracebackException.from_exception(exc).format())
