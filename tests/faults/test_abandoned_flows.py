"""Flows that nobody carries to their ends, with tasks at work: the process ends all the same, and so do the runs."""

import pytest

from tests.faults.processes import Ended, Home, await_until
from tests.faults.stored import flow_runs, task_states

LEFT = "The process ended before this run did."
CLOSED = "The run was ended because its event loop was closed."

# What a flow comes to whose task never ends, and the hooks that could be called.
ENDS = {
    "loop_closed": ("Crashed", CLOSED, 1),
    "coroutine_closed": ("Crashed", CLOSED, 1),
    "loop_stopped": ("Crashed", LEFT, 0),
    "main_ends": ("Crashed", LEFT, 0),
    "generator_kept": ("Completed", None, 1),
    "async_generator_kept": ("Completed", None, 1),
}


def assert_ended_by_itself(home: Home, ended: Ended, state: str, message: str | None, hooks: int) -> None:
    assert ended.code == 5, ended.err
    assert home.told("went-on")
    for complaint in ("headrace: ", "Logging error", "Exception ignored", "Fatal", "never awaited"):
        assert complaint not in ended.err, ended.err
    assert home.journals() == []
    assert [(run.state, run.message) for run in flow_runs(home)] == [(state, message)]
    assert sum(path.read_text().count('"hook"') for path in home.witness.glob("*.jsonl")) == hooks


@pytest.mark.parametrize("shape", ENDS)
def test_an_abandoned_flow_holds_no_process_open(home: Home, shape: str) -> None:
    assert_ended_by_itself(home, home.run("abandons.py", shape), *ENDS[shape])
    assert [state for _, state in task_states(home)] == ["Crashed"]
    home.recover().was_silent()
    assert [state for _, state in task_states(home)] == ["Crashed"]


def test_a_flow_that_the_program_cancels_waits_for_the_tasks_that_have_begun(home: Home) -> None:
    script = home.start("abandons.py", "cancelled")
    await_until(lambda: home.told("cancelled"), "the flow to be cancelled")
    home.tell("go")
    cancelled = "The run was cancelled by the program that awaited it (CancelledError)."
    assert_ended_by_itself(home, script.end(), "Crashed", cancelled, 1)
    assert [state for _, state in task_states(home)] == ["Completed"]


def test_a_generator_that_is_left_to_the_end_of_the_script_waits_a_while_for_its_tasks(home: Home) -> None:
    script = home.start("abandons.py", "generator_kept")
    await_until(lambda: home.told("went-on"), "the script to be over")
    home.tell("go")
    assert_ended_by_itself(home, script.end(), "Completed", None, 1)
    assert [state for _, state in task_states(home)] == ["Completed"]
