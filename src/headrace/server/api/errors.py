"""What an error of the control plane is over HTTP: the one table of statuses and bodies.

    RequestInvalid      422  the request does not fit the route's schema
    LimitTooLarge       422  a page of this size is not given
    IntervalTooShort    422  no history has intervals of this length
    RowRefused          422  a value that the database can never take
    TimeUnknown         422  runs were to be counted since an instant that was not given
    ValuesUnchecked     422  values were to be held to a JSON schema that is none, or that nobody can read here
    CsrfDisabled        422  clients then stop asking for tokens
    BodyTooLarge        413  no request needs a body of this size
    ProtocolTooOld      400  the caller speaks a version that is not answered any more, or none
    UnknownFlow         409  a run was to be made of a flow that is not there
    InputKnown          409  a flow run has an input of this key already
    UnknownFlowRun      409  a task run was to be made of a flow run that is not there
    TaskRunKnown        409  the id of a new task run is that of another
    ObjectNotFound      404
    SinkRefused         409  a journal's batch does not begin where the store stands; with the cursors
    StoreUnavailable    503  with the sentence for the user; clients try again

Anything else is a defect of ours: over HTTP 500, and a line with its traceback in the server's log.
"""

import logging
from collections.abc import Callable
from typing import Any

import msgspec

from headrace._stream import SinkRefused, SinkUnavailable
from headrace.exceptions import ObjectNotFound, StoreUnavailable
from headrace.server.store.errors import RowRefused
from headrace.server.usecases.create_flow_run import UnknownFlow
from headrace.server.usecases.create_task_run import TaskRunKnown, UnknownFlowRun
from headrace.server.usecases.flow_run_inputs import InputKnown

__all__ = [
    "BodyTooLarge",
    "CsrfDisabled",
    "ErrorAnswer",
    "IntervalTooShort",
    "LimitTooLarge",
    "ProtocolTooOld",
    "RequestInvalid",
    "TimeUnknown",
    "TooManySpans",
    "ValuesUnchecked",
    "defect",
    "refusal_of",
]

_logger = logging.getLogger("headrace.server")


class RequestInvalid(Exception):
    """The request does not fit. `problems` say where and why; `body` is what was sent, as far as it could be read."""

    def __init__(self, problems: list[Any], body: Any = None) -> None:
        super().__init__(f"the request does not fit its schema: {problems}")
        self.problems = problems
        self.body = body


class LimitTooLarge(Exception):
    """More objects were asked for at once than one answer has."""


class IntervalTooShort(Exception):
    """A history was asked for by intervals that are too short."""


class TooManySpans(Exception):
    """Events were to be counted in more spans than one answer has."""


class TimeUnknown(Exception):
    """Runs were to be counted since an instant, which was not given."""


class ValuesUnchecked(Exception):
    """Values were to be held to a JSON schema that is none, or that cannot be read here."""


class CsrfDisabled(Exception):
    """This server gives no tokens against forged requests."""


class ProtocolTooOld(Exception):
    """The caller's version of the protocol is not answered."""


class BodyTooLarge(Exception):
    """The request's body is larger than any request needs."""


class ErrorAnswer(msgspec.Struct, frozen=True):
    """An error as it goes over HTTP."""

    status: int
    body: dict[str, Any]


def _detail(error: Any) -> dict[str, Any]:
    return {"detail": str(error)}


def _invalid(error: RequestInvalid) -> dict[str, Any]:
    return {
        "exception_message": "Invalid request received.",
        "exception_detail": error.problems,
        "request_body": error.body,
    }


def _refused(error: SinkRefused) -> dict[str, Any]:
    return {"detail": str(error), "cursors": [error.states_cursor, error.logs_cursor]}


def _unavailable(error: Any) -> dict[str, Any]:
    return {"exception_message": "Service Unavailable", "exception_detail": str(error)}


_TABLE: tuple[tuple[type[Exception], int, Callable[[Any], dict[str, Any]]], ...] = (
    (RequestInvalid, 422, _invalid),
    (LimitTooLarge, 422, _detail),
    (IntervalTooShort, 422, _detail),
    (TooManySpans, 422, _detail),
    (RowRefused, 422, _detail),
    (TimeUnknown, 422, _detail),
    (ValuesUnchecked, 422, _detail),
    (CsrfDisabled, 422, _detail),
    (BodyTooLarge, 413, _detail),
    (ProtocolTooOld, 400, _detail),
    (UnknownFlow, 409, _detail),  # an ObjectNotFound, too: it stands first
    (UnknownFlowRun, 409, _detail),  # likewise
    (InputKnown, 409, _detail),
    (TaskRunKnown, 409, _detail),
    (ObjectNotFound, 404, _detail),
    (SinkRefused, 409, _refused),
    (SinkUnavailable, 503, _unavailable),
    (StoreUnavailable, 503, _unavailable),
)


def refusal_of(error: Exception) -> ErrorAnswer | None:
    """The status and the body for an error that a handler raised; None where it is a defect."""
    for kind, status, body in _TABLE:
        if isinstance(error, kind):
            return ErrorAnswer(status, body(error))
    return None


def defect(error: Exception) -> ErrorAnswer:
    """The same for a defect, which is told in the log, and not to the caller."""
    _logger.error("A request could not be answered, by a defect of Headrace.", exc_info=error)
    return ErrorAnswer(500, {"exception_message": "Internal Server Error"})
