"""What a run comes to whose function returns states: one that it made, that of another run, or many of them."""

from typing import Any

import pytest

from headrace.exceptions import FailedRun
from headrace.states import Cancelled, Completed, Crashed, Failed, Running, State
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


@pytest.mark.parametrize(
    ("states", "ended"),
    [
        ([Completed(), Completed()], "Completed('All states completed.')"),
        ((Completed(), Failed()), "Failed('1/2 states failed.')"),
        ({Crashed()}, "Failed('1/1 states failed.')"),
        ([Completed(), Cancelled(), Failed()], "Cancelled('1/3 states cancelled.')"),
        ([Completed(), Running()], "Failed('1/2 states are not final.')"),
        ([Failed(), 3], "Completed()"),
        ([], "Completed()"),
        ({"a": Failed()}, "Completed()"),
        ([[Failed()]], "Completed()"),
        (Running(), "Failed('Flow run returned a state that is not final: Running()')"),
        (Completed(name="Partial"), "Partial(type=COMPLETED)"),
    ],
    ids=str,
)
def test_states_make_up_the_state_of_the_run_that_returns_them(
    states: Any, ended: str, face: Face, stored: Stored
) -> None:
    @face.flow
    def whole() -> Any:
        return states

    state: State[Any] = face.run(whole, return_state=True)
    assert str(state) == ended
    assert str(stored.flow_run().state) == ended


def test_a_collection_of_states_is_what_its_flow_returns_also_where_it_failed(face: Face) -> None:
    states = [Completed(data=1), Failed(message="too few rows"), Cancelled()]

    @face.flow
    def whole() -> Any:
        return states

    assert face.run(whole) is states
    state: State[Any] = face.run(whole, return_state=True)
    with pytest.raises(FailedRun, match="too few rows"):
        state.result()
    assert state.result(raise_on_failure=False) is states


def test_the_state_of_another_run_counts_as_one_of_one(face: Face) -> None:
    @face.task
    def extract() -> int:
        return 7

    @face.flow
    def whole() -> Any:
        return (yield extract(return_state=True))

    state: State[Any] = face.run(whole, return_state=True)
    assert str(state) == "Completed('All states completed.')"
    assert state.result().result() == 7
