"""The state a run ends in follows from what its function came to."""

import asyncio

import pytest

from headrace._engine.conclusions import COMPLETED, Conclusion, conclusion, shown
from headrace._engine.signals import TerminationSignal
from headrace._kernel.steps import Outcome
from headrace.exceptions import FailedRun
from headrace.states import Completed, Failed


@pytest.mark.parametrize("value", [None, 1, "text", [1], {}, ValueError("a value, not raised")])
def test_a_value_is_completed(value: object) -> None:
    assert conclusion(Outcome(value), "Flow") == (COMPLETED, Outcome(value))


def test_an_error_is_failed_and_named() -> None:
    ended, _ = conclusion(Outcome(None, ValueError("no such file")), "Task")
    assert ended == Conclusion("FAILED", "Failed", "Task run encountered an exception: ValueError: no such file")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "Ctrl-C"),
        (SystemExit(3), "SystemExit: 3"),
        (TerminationSignal(), "SIGTERM"),
        (GeneratorExit(), "event loop was closed"),
        (asyncio.CancelledError(), "CancelledError"),
    ],
)
def test_an_interruption_is_crashed_and_says_why(error: BaseException, told: str) -> None:
    ended, _ = conclusion(Outcome(None, error), "Flow")
    assert ended.type == "CRASHED"
    assert told in (ended.message or "")


def test_a_cancellation_that_a_termination_signal_brought_about_names_the_signal() -> None:
    ended, _ = conclusion(Outcome(None, asyncio.CancelledError()), "Flow", was_terminated=True)
    assert ended.message == "The run was ended by a termination signal (SIGTERM)."


def test_a_returned_state_is_the_runs_own_and_its_result_the_callers() -> None:
    ended, outcome = conclusion(Outcome(Completed(name="Skipped", message="nothing new", data=[1])), "Flow")
    assert ended == Conclusion("COMPLETED", "Skipped", "nothing new")
    assert outcome == Outcome([1], None)


def test_a_returned_failed_state_has_an_error() -> None:
    ended, outcome = conclusion(Outcome(Failed(message="too few rows")), "Flow")
    assert ended == Conclusion("FAILED", "Failed", "too few rows")
    assert isinstance(outcome.error, FailedRun)
    assert "too few rows" in str(outcome.error)


def test_a_state_is_shown_with_its_message() -> None:
    assert shown(COMPLETED) == "Completed()"
    assert shown(Conclusion("FAILED", "Failed", "why")) == "Failed('why')"


def test_a_state_with_a_long_message_is_shown_with_its_first_line() -> None:
    assert shown(Conclusion("FAILED", "Failed", "two are not valid:\n - a\n - b")) == "Failed('two are not valid: ...')"
