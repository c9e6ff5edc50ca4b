"""The error tree of Headrace. Each message says what happened, with which value, and what to do.

HeadraceException
|-- ConfigurationError          a setting that cannot be used
|-- ParameterTypeError          a flow's parameter that its annotation refuses
|-- ParameterBindError          a call that does not fit the function's signature
|-- SignatureMismatchError      a parameter name that the function does not have
|-- ReservedArgumentError       a parameter of a user's function that a call of a flow or task needs for itself
|-- MissingContextError         something that only works inside a run
|-- ObjectNotFound              an object that the control plane does not have
|-- APIStatusError              another error that the control plane answered a request with
|-- Abort                       the control plane says that this run must not go on
|-- FailedRun / CrashedRun / CancelledRun / UnfinishedRun   a run whose state was asked for its result
`-- StoreUnavailable            the control plane cannot be used now; what was reported is kept
"""

from typing import cast

__all__ = [
    "APIStatusError",
    "Abort",
    "CancelledRun",
    "ConfigurationError",
    "CrashedRun",
    "FailedRun",
    "HeadraceException",
    "MissingContextError",
    "ObjectNotFound",
    "ParameterBindError",
    "ParameterTypeError",
    "ReservedArgumentError",
    "SignatureMismatchError",
    "StoreUnavailable",
    "UnfinishedRun",
]


class HeadraceException(Exception):
    """Base of all errors that Headrace raises."""


class ConfigurationError(HeadraceException):
    """A setting has a value that cannot be used."""


class ParameterTypeError(HeadraceException):
    """A flow's parameter was refused by its annotation."""


class ParameterBindError(TypeError, HeadraceException):
    """A call's arguments do not fit the signature of the flow's or task's function."""


class SignatureMismatchError(TypeError, HeadraceException):
    """A parameter was named that the function does not have."""


class ReservedArgumentError(TypeError, HeadraceException):
    """A function has a parameter whose name a call of a flow or task needs for itself."""


class MissingContextError(RuntimeError, HeadraceException):
    """Something that needs a run was used outside of one."""


class ObjectNotFound(HeadraceException):
    """The control plane has no such object."""


class APIStatusError(HeadraceException):
    """The control plane answered a request with an error.

    `status_code` is that of HTTP, also in process; `body` is what came with it, decoded; `reason` its own words.
    """

    def __init__(self, method: str, path: str, status_code: int, body: object) -> None:
        self.method = method
        self.path = path
        self.status_code = status_code
        self.body = body
        self.reason = _reason(body)
        super().__init__(f"{method} {path} was answered with {status_code}: {self.reason}")


def _reason(body: object) -> str:
    """What an error's body says: `detail`, or `exception_message` with its `exception_detail`."""
    if not isinstance(body, dict):
        return str(body)
    told = cast("dict[str, object]", body)
    said = [str(told[key]) for key in ("detail", "exception_message", "exception_detail") if told.get(key)]
    return " ".join(said) or "no reason given"


class Abort(HeadraceException):
    """The control plane refused this run: it must not go on."""


class FailedRun(HeadraceException):
    """The result was asked of a run that Failed without an exception."""


class CrashedRun(HeadraceException):
    """The result was asked of a run that Crashed."""


class CancelledRun(HeadraceException):
    """The result was asked of a run that was Cancelled."""


class UnfinishedRun(HeadraceException):
    """The result was asked of a run that has not ended."""


class StoreUnavailable(HeadraceException):
    """The control plane cannot be used now. What was reported stays in the journal, and nothing was destroyed."""
