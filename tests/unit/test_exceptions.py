"""Errors: what users catch them by, what they carry, and that they cross processes whole."""

import pickle

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from headrace import exceptions
from headrace.exceptions import (
    Abort,
    APIStatusError,
    EventTooLarge,
    HeadraceException,
    ObjectAlreadyExists,
    ObjectNotFound,
    ParameterBindError,
    ParameterTypeError,
    Pause,
    PausedRun,
    ProfileSettingsValidationError,
    ScriptError,
    SignatureMismatchError,
    TerminationSignal,
    exception_traceback,
)


def test_the_names_of_the_peer_are_our_own_classes() -> None:
    assert exceptions.PrefectException is HeadraceException
    assert exceptions.PrefectSignal is exceptions.HeadraceSignal
    assert exceptions.PrefectImportError is exceptions.HeadraceImportError
    assert exceptions.PrefectHTTPStatusError is exceptions.HeadraceHTTPStatusError


@pytest.mark.parametrize("signal", [Abort("over"), Pause(state="paused"), TerminationSignal(15)])
def test_a_signal_passes_by_whoever_catches_exceptions(signal: BaseException) -> None:
    assert not isinstance(signal, Exception)


@pytest.mark.parametrize(
    "error",
    [
        APIStatusError("GET", "/flows/1", 409, {"detail": "taken"}),
        Abort("over"),
        EventTooLarge(size=5, maximum=3),
        ObjectAlreadyExists(ValueError("below"), "there is one"),
        ObjectNotFound(None, "nobody"),
        ParameterTypeError("count: not a number"),
        Pause("here", state="paused"),
        PausedRun("here", state="paused"),
        ProfileSettingsValidationError([("a setting", "an error")]),
        ScriptError(ValueError("bad"), "flows.py"),
        TerminationSignal(15),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_crosses_processes_with_all_that_it_carries(error: BaseException) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert {name: str(value) for name, value in vars(copy).items()} == {
        name: str(value) for name, value in vars(error).items()
    }


def test_a_missing_object_says_what_is_missing() -> None:
    assert str(ObjectNotFound(ValueError("below"), help_message="no flow 'x'")) == "no flow 'x'"
    assert str(ObjectNotFound(ValueError("below"))) == "below"


def test_a_refused_parameter_is_named() -> None:
    class Order(BaseModel):
        count: int

    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"count": "many"})
    assert "count: Input should be a valid integer" in str(ParameterTypeError.from_validation_error(refused.value))


def test_a_call_that_does_not_fit_shows_signature_and_arguments() -> None:
    def add(left: int, right: int = 1) -> int:
        return left + right

    message = str(ParameterBindError.from_bind_failure(add, TypeError("unexpected 'top'"), (1,), {"top": 2}))
    assert "add(left: int, right: int = 1) -> int" in message
    assert "unexpected 'top'" in message


def test_a_mismatch_shows_both_sides() -> None:
    assert "['a']" in str(SignatureMismatchError.from_bad_params(["a"], ["b"]))


def test_a_status_error_of_httpx_says_what_the_server_answered() -> None:
    request = httpx.Request("GET", "http://there/api/flows/1")
    response = httpx.Response(404, json={"detail": "no such flow"}, request=request)
    error = exceptions.PrefectHTTPStatusError.from_httpx_error(
        httpx.HTTPStatusError("404", request=request, response=response)
    )
    assert isinstance(error, httpx.HTTPStatusError)
    assert "no such flow" in str(error)
    assert error.response is response


def test_a_traceback_reads_as_pythons_own() -> None:
    try:
        raise ValueError("bad")
    except ValueError as error:
        text = exception_traceback(error)
    assert text.startswith("Traceback (most recent call last):")
    assert text.endswith("ValueError: bad\n")


def test_a_name_that_is_no_error_is_named() -> None:
    with pytest.raises(AttributeError, match="'FailedRum'"):
        _ = exceptions.FailedRum  # type: ignore[attr-defined]
