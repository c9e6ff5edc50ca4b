"""Asynchronous flows whose work runs side by side: each run keeps its own place, log and edges."""

import asyncio

import pytest

from headrace import flow, get_run_logger, task
from headrace.runtime import task_run
from headrace.states import StateType
from tests.acceptance.stored import Stored


class Gate:
    """Lets nobody pass until so many have come: proof that they are under way together."""

    def __init__(self, expected: int) -> None:
        self._missing = expected
        self._open = asyncio.Event()

    async def pass_through(self) -> None:
        """Waits for all the others."""
        self._missing -= 1
        if self._missing == 0:
            self._open.set()
        await self._open.wait()


def test_gathered_tasks_run_side_by_side(stored: Stored) -> None:
    @task
    async def meet(gate: Gate, number: int) -> tuple[int, str | None]:
        await gate.pass_through()
        get_run_logger().info("number %d", number)
        return number, task_run.id

    @flow
    async def pipeline() -> list[tuple[int, str | None]]:
        gate = Gate(50)
        return await asyncio.gather(*(meet(gate, number) for number in range(50)))

    answers = asyncio.run(pipeline())
    runs = stored.task_runs()
    assert answers == [(number, str(run.id)) for number, run in enumerate(runs)]
    flow_run = stored.flow_run()
    for number, run in enumerate(runs):
        assert run.state_type is StateType.COMPLETED
        assert stored.lines(flow_run, run) == [f"number {number}", "Finished in state Completed()"]


def test_results_of_gathered_tasks_are_known_again(stored: Stored) -> None:
    @task
    async def extract(number: int) -> list[int]:
        await asyncio.sleep(0)
        return [number]

    @task
    async def load(parts: list[list[int]]) -> int:
        return sum(sum(part) for part in parts)

    @flow
    async def pipeline() -> int:
        return await load(await asyncio.gather(extract(1), extract(2), extract(3)))

    assert asyncio.run(pipeline()) == 6
    *extracts, load_run = stored.task_runs()
    assert set(stored.inputs(load_run)["parts"]) == {run.id for run in extracts}


def test_one_failure_among_gathered_tasks_is_one_failed_run(stored: Stored) -> None:
    @task
    async def invert(number: int) -> float:
        await asyncio.sleep(0)
        return 1 / number

    @flow
    async def pipeline() -> list[float | BaseException]:
        return await asyncio.gather(*(invert(number) for number in (1, 0, 2)), return_exceptions=True)

    first, second, third = asyncio.run(pipeline())
    assert (first, third) == (1.0, 0.5)
    assert isinstance(second, ZeroDivisionError)
    assert [run.state_name for run in stored.task_runs()] == ["Completed", "Failed", "Completed"]
    assert stored.flow_run().state_name == "Completed"


def test_gathered_subflows_are_children_of_one_parent(stored: Stored) -> None:
    @task
    async def step(number: int) -> int:
        await asyncio.sleep(0)
        return number

    @flow
    async def child(gate: Gate, number: int) -> int:
        await gate.pass_through()
        return await step(number)

    @flow(validate_parameters=False)
    async def parent() -> list[int]:
        gate = Gate(4)
        return await asyncio.gather(*(child(gate, number) for number in range(4)))

    assert asyncio.run(parent()) == [0, 1, 2, 3]
    outer = stored.flow_run("parent")
    shown = {run.id for run in stored.task_runs(outer)}
    children = [run for run in stored.flow_runs() if run.id != outer.id]
    assert {run.parent_task_run_id for run in children} == shown
    assert [len(stored.task_runs(run)) for run in children] == [1, 1, 1, 1]


def test_a_cancelled_task_is_crashed_and_the_flow_goes_on(stored: Stored) -> None:
    @task
    async def wait(entered: asyncio.Event) -> None:
        entered.set()
        await asyncio.Event().wait()

    @flow
    async def pipeline() -> str:
        entered = asyncio.Event()
        waiting = asyncio.create_task(wait(entered))  # type: ignore[arg-type] - a coroutine, as its annotation says
        await entered.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return "went on"

    assert asyncio.run(pipeline()) == "went on"
    run = stored.task_run()
    assert run.state_type is StateType.CRASHED
    assert stored.states(run)[-1].message == "The run was cancelled by the program that awaited it (CancelledError)."
    assert stored.flow_run().state_name == "Completed"


def test_a_cancelled_flow_is_crashed(stored: Stored) -> None:
    @flow(validate_parameters=False)
    async def pipeline(entered: asyncio.Event) -> None:
        entered.set()
        await asyncio.Event().wait()

    async def cancel_it() -> None:
        entered = asyncio.Event()
        running = asyncio.create_task(pipeline(entered))  # type: ignore[arg-type] - see above
        await entered.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancel_it())
    assert stored.history(stored.flow_run()) == ["Pending", "Running", "Crashed"]


@pytest.mark.parametrize("turns", [1, 2, 3, 10, 100])
def test_a_subflow_that_is_cancelled_as_it_begins_is_crashed(turns: int, stored: Stored) -> None:
    @flow
    async def child() -> None:
        await asyncio.Event().wait()

    @flow
    async def parent() -> str:
        running = asyncio.create_task(child())  # type: ignore[arg-type] - see above
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return "went on"

    assert asyncio.run(parent()) == "went on"
    inner, shown = stored.flow_run("child"), stored.task_run()
    assert stored.history(inner) == stored.history(shown) == ["Pending", "Running", "Crashed"]
    assert stored.states(inner)[-1].message == stored.states(shown)[-1].message
    assert "CancelledError" in str(stored.states(inner)[-1].message)


def test_a_subflow_that_is_cancelled_as_it_ends_has_ended(stored: Stored) -> None:
    @flow(validate_parameters=False)
    async def child(leaving: asyncio.Event) -> None:
        leaving.set()

    @flow
    async def parent() -> str:
        leaving = asyncio.Event()
        running = asyncio.create_task(child(leaving))  # type: ignore[arg-type] - see above
        await leaving.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return "went on"

    assert asyncio.run(parent()) == "went on"
    for run in (stored.flow_run("child"), stored.task_run()):
        assert stored.history(run) == ["Pending", "Running", "Completed"]


def test_flows_of_several_loops_in_one_process_are_kept_apart(stored: Stored) -> None:
    @flow
    async def pipeline(number: int) -> int:
        await asyncio.sleep(0)
        return number

    assert [asyncio.run(pipeline(number)) for number in range(3)] == [0, 1, 2]
    assert [run.state_name for run in stored.flow_runs()] == ["Completed"] * 3


def test_the_loop_goes_on_while_a_flow_reports_its_begin_and_end(stored: Stored) -> None:
    @flow
    async def pipeline() -> None:
        return None

    async def count_turns() -> int:
        turns = 0
        running = asyncio.create_task(pipeline())  # type: ignore[arg-type] - see above
        while not running.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(count_turns()) > 2
