"""States by themselves: the error that one stands for, and the state that a returned value makes."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from headrace.exceptions import FailedRun, UnfinishedRun
from headrace.states import (
    Cancelled,
    Completed,
    Crashed,
    Failed,
    Pending,
    State,
    StateDetails,
    get_state_exception,
    return_value_to_state,
)


def of_a_run(state: State[Any]) -> State[Any]:
    """This state, as that of some task run."""
    return state.model_copy(update={"state_details": StateDetails(task_run_id=uuid4())}).with_result("its result")


def made(value: Any) -> State[Any]:
    return asyncio.run(return_value_to_state(value, None))


def test_a_failed_state_stands_for_the_error_of_the_first_state_in_it_that_did_not_end_well() -> None:
    inner = ValueError("no luck")
    assert get_state_exception(Failed(data=[Completed(), Failed(data=inner), Crashed()])) is inner
    assert isinstance(get_state_exception(Failed(data=Completed(), message="why")), FailedRun)


def test_what_did_not_end_well_may_hold_any_value_and_any_error() -> None:
    states = [Completed(data=1), Pending()]
    state = Failed(data=states)
    assert state.result(raise_on_failure=False) is states
    with pytest.raises(UnfinishedRun):
        state.result()
    error = UnfinishedRun("raised by the user's code")
    assert Failed(data=error).result(raise_on_failure=False) is error


@pytest.mark.parametrize("value", [1, None, "text", [], [1, 2], ValueError("as a value"), {"a": 1}])
def test_a_value_completes_a_run(value: Any) -> None:
    state = made(value)
    assert (str(state), state.result()) == ("Completed()", value)


@pytest.mark.parametrize("state", [Completed(data=3), Failed(message="why"), Cancelled(), Pending()])
def test_a_state_made_by_hand_is_that_of_the_run(state: State[Any]) -> None:
    assert made(state) is state


def test_a_completed_state_without_a_value_is_that_of_a_run_that_returned_none() -> None:
    assert made(Completed()).result() is None


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([Completed()], "Completed('All states completed.')"),
        ((Completed(), Failed()), "Failed('1/2 states failed.')"),
        ([Completed(), Crashed(), Failed()], "Failed('2/3 states failed.')"),
        ([Failed(), Cancelled()], "Cancelled('1/2 states cancelled.')"),
        ([Completed(), Pending()], "Failed('1/2 states are not final.')"),
    ],
)
def test_states_of_other_runs_make_up_that_of_the_run(states: Any, expected: str) -> None:
    others = type(states)(of_a_run(state) for state in states)
    state = made(others)
    assert str(state) == expected
    assert state.result(raise_on_failure=False) is others
    one = of_a_run(Failed())
    assert str(made(one)) == "Failed('1/1 states failed.')"
    assert made(one).result(raise_on_failure=False) is one
