"""What a call gives back, and which states its run went through."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from headrace.exceptions import CrashedRun, FailedRun, ParameterBindError
from headrace.states import Completed, Failed, StateType
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


class PaymentRefused(Exception):
    """An error of the user's own."""


def test_a_flow_returns_what_its_function_returns(face: Face, stored: Stored) -> None:
    @face.task
    def add(a: int, b: int) -> int:
        return a + b

    @face.flow
    def total(numbers: list[int]) -> Any:
        result = 0
        for number in numbers:
            result = yield add(result, number)
        return result

    assert face.run(total, [1, 2, 3]) == 6
    assert stored.flow_run().state_type is StateType.COMPLETED
    assert [run.state_type for run in stored.task_runs()] == [StateType.COMPLETED] * 3


def test_values_are_handed_on_as_they_are(face: Face) -> None:
    value = object()

    @face.task
    def make() -> object:
        return value

    @face.flow
    def hand_on() -> Any:
        return (yield make())

    assert face.run(hand_on) is value


def test_a_run_goes_from_pending_over_running_to_completed(face: Face, stored: Stored) -> None:
    @face.task
    def step() -> None:
        return None

    @face.flow
    def short() -> Any:
        yield step()

    face.run(short)
    for run in (stored.flow_run(), stored.task_run()):
        states = stored.states(run)
        assert [state.name for state in states] == ["Pending", "Running", "Completed"]
        assert [state.type.value for state in states] == ["PENDING", "RUNNING", "COMPLETED"]
        assert [state.timestamp for state in states] == sorted(state.timestamp for state in states)
        assert (run.state_id, run.state_name, run.run_count) == (states[-1].id, "Completed", 1)
        assert run.start_time == states[1].timestamp
        assert run.end_time == states[2].timestamp
        assert run.total_run_time == states[2].timestamp - states[1].timestamp


def test_an_exception_reaches_the_caller_and_fails_its_runs(face: Face, stored: Stored) -> None:
    refusal = PaymentRefused("no funds")

    @face.task
    def pay() -> None:
        raise refusal

    @face.flow
    def shop() -> Any:
        yield pay()

    with pytest.raises(PaymentRefused) as caught:
        face.run(shop)
    assert caught.value is refusal
    assert caught.value.__context__ is None
    for kind, run in (("Flow", stored.flow_run()), ("Task", stored.task_run())):
        assert stored.history(run) == ["Pending", "Running", "Failed"]
        assert stored.states(run)[-1].message == f"{kind} run encountered an exception: PaymentRefused: no funds"


def test_a_flow_that_handles_a_tasks_exception_completes(face: Face, stored: Stored) -> None:
    @face.task
    def pay() -> None:
        raise PaymentRefused

    @face.flow
    def shop() -> Any:
        try:
            yield pay()
        except PaymentRefused:
            return "on account"

    assert face.run(shop) == "on account"
    assert stored.flow_run().state_type is StateType.COMPLETED
    assert stored.task_run().state_type is StateType.FAILED


def test_return_state_gives_the_state_instead_of_the_value(face: Face, stored: Stored) -> None:
    @face.task
    def add(a: int, b: int) -> int:
        return a + b

    @face.flow
    def total() -> Any:
        state = yield add(1, 2, return_state=True)
        assert state.is_completed()
        assert state.state_details.task_run_id is not None
        return (yield state.result())

    state = face.run(total, return_state=True)
    assert (state.type, state.name, state.result()) == (StateType.COMPLETED, "Completed", 3)
    assert state.state_details.flow_run_id == stored.flow_run().id
    assert state.id == stored.flow_run().state_id


def test_return_state_holds_the_exception_instead_of_raising_it(face: Face, stored: Stored) -> None:
    refusal = PaymentRefused("no funds")

    @face.task
    def pay() -> None:
        raise refusal

    @face.flow
    def shop() -> Any:
        state = yield pay(return_state=True)
        assert state.is_failed()
        return (yield state.result(raise_on_failure=False))

    state = face.run(shop, return_state=True)
    assert state.is_completed()
    assert state.result() is refusal
    assert stored.task_run().state_type is StateType.FAILED


def test_a_failed_state_raises_when_its_result_is_asked_for(face: Face) -> None:
    @face.flow
    def shop() -> None:
        raise PaymentRefused("no funds")

    state = face.run(shop, return_state=True)
    assert (state.type, state.message) == (
        StateType.FAILED,
        "Flow run encountered an exception: PaymentRefused: no funds",
    )
    with pytest.raises(PaymentRefused, match="no funds"):
        state.result()


def test_a_state_that_a_flow_returns_is_its_own(face: Face, stored: Stored) -> None:
    @face.flow
    def doubtful() -> Any:
        return Failed(message="too few rows")

    with pytest.raises(FailedRun, match="too few rows"):
        face.run(doubtful)
    run = stored.flow_run()
    assert (run.state_type, run.state.message if run.state else None) == (StateType.FAILED, "too few rows")


def test_a_state_that_a_flow_returns_may_have_a_name_and_a_value_of_its_own(face: Face, stored: Stored) -> None:
    @face.flow
    def partial() -> Any:
        return Completed(name="Partial", message="2 of 3", data=[1, 2])

    assert face.run(partial) == [1, 2]
    assert stored.history(stored.flow_run()) == ["Pending", "Running", "Partial"]
    assert stored.flow_run().state_type is StateType.COMPLETED


def test_the_state_of_a_task_that_a_flow_returns_becomes_its_own(face: Face, stored: Stored) -> None:
    @face.task
    def pay() -> None:
        raise PaymentRefused("no funds")

    @face.flow
    def shop() -> Any:
        return (yield pay(return_state=True))

    with pytest.raises(PaymentRefused, match="no funds"):
        face.run(shop)
    assert stored.flow_run().state_type is StateType.FAILED


def test_a_call_that_does_not_fit_its_function_leaves_no_run(face: Face, stored: Stored) -> None:
    @face.flow
    def greet(name: str) -> str:
        return name

    with pytest.raises(ParameterBindError, match="'nmae'"):
        face.run(greet, nmae="Ada")
    with pytest.raises(TypeError, match="missing a required argument: 'name'"):
        face.run(greet)
    assert stored.flow_runs() == []


def test_a_tasks_call_that_does_not_fit_fails_the_flow_and_leaves_no_task_run(face: Face, stored: Stored) -> None:
    @face.task
    def greet(name: str) -> str:
        return name

    @face.flow
    def party() -> Any:
        yield greet("Ada", "Grace")

    with pytest.raises(ParameterBindError, match="too many positional arguments"):
        face.run(party)
    assert stored.flow_run().state_type is StateType.FAILED
    assert stored.task_runs() == []


def test_an_error_inside_the_function_is_no_error_of_the_call(face: Face, stored: Stored) -> None:
    @face.flow
    def greet(name: str) -> int:
        return len(name, name)  # type: ignore[call-arg] - that is the user's mistake

    with pytest.raises(TypeError, match="exactly one argument") as caught:
        face.run(greet, "Ada")
    assert not isinstance(caught.value, ParameterBindError)
    assert stored.flow_run().state_type is StateType.FAILED


def test_a_task_outside_of_a_flow_is_a_run_of_its_own(face: Face, stored: Stored) -> None:
    @face.task
    def add(a: int, b: int) -> int:
        return a + b

    assert face.run(add, 1, b=2) == 3
    assert stored.flow_runs() == []
    run = stored.task_run()
    assert (run.flow_run_id, stored.history(run)) == (None, ["Pending", "Running", "Completed"])


def test_a_function_is_still_there_to_be_called_without_a_run(face: Face, stored: Stored) -> None:
    @face.task
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    assert face.run(add.fn, 1, 2) == 3
    assert (add.name, add.description, add.__doc__) == ("add", "Adds.", "Adds.")
    assert stored.task_runs() == []


def test_every_call_is_a_run_of_its_own(face: Face, stored: Stored) -> None:
    @face.flow(name="again and again", version="7")
    def again() -> None:
        return None

    for _ in range(3):
        face.run(again)
    runs = stored.flow_runs()
    assert len({run.id for run in runs}) == len({run.name for run in runs}) == 3
    assert {run.flow_version for run in runs} == {"7"}
    assert len({run.flow_id for run in runs}) == 1


def test_an_interrupt_that_the_caller_catches_leaves_a_crashed_run(face: Face, stored: Stored) -> None:
    @face.task
    def stop() -> None:
        raise SystemExit(3)

    @face.flow
    def doomed() -> Any:
        yield stop()

    with pytest.raises(SystemExit) as caught:
        face.run(doomed)
    assert caught.value.code == 3
    for run in (stored.flow_run(), stored.task_run()):
        assert stored.history(run) == ["Pending", "Running", "Crashed"]
        assert stored.states(run)[-1].message == "The run was ended by the program's exit (SystemExit: 3)."


def test_a_state_that_was_read_back_says_how_its_run_ended(face: Face, stored: Stored) -> None:
    @face.flow
    def doomed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        face.run(doomed)
    state = stored.states(stored.flow_run())[-1]
    with pytest.raises(CrashedRun, match="interrupted by Ctrl-C"):
        state.result()


class Unshowable(Exception):
    """An error that can be told in no words."""

    def __str__(self) -> str:
        raise RuntimeError("nothing to say")

    __repr__ = __str__


def test_an_error_that_cannot_be_shown_ends_its_run_as_any_other(face: Face, stored: Stored) -> None:
    def refuse(*given: object) -> None:
        raise Unshowable

    def leave() -> None:
        raise SystemExit(Unshowable())

    @face.flow(retries=1, on_failure=[refuse])
    def pipeline() -> Iterator[Any]:
        yield face.task(retries=1, on_failure=[refuse], name="step")(refuse)(1)

    def namer() -> str:
        raise Unshowable

    # Not raised out of a loop: asyncio shows a task's exception, too, and fails by it.
    @face.flow
    def around() -> Iterator[Any]:
        with suppress(SystemExit):
            yield face.flow(leave)()

    for unshowable in (pipeline, face.flow(flow_run_name=namer, name="unnamed")(lambda: None), around):
        face.run(unshowable, return_state=True)

    said = "Unshowable: <its text is not known: str() raised RuntimeError>"
    run = stored.flow_run("pipeline")
    for failed in (run, *stored.task_runs(run), stored.flow_run("unnamed")):
        assert failed.state is not None
        assert str(failed.state.message).endswith(said)
    assert "<Unshowable: repr() raised RuntimeError>" in "\n".join(stored.lines(run))
    assert stored.flow_run("leave").state_name == "Crashed"
