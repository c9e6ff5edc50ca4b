"""A script ends while work is submitted: each way to end, in each shape of flow (scripts/endings.py)."""

import json
import re
import signal
from contextlib import closing
from typing import NamedTuple

import pytest

from headrace._records import StateRecord, decode_history
from tests.faults.processes import Ended, Home, Script, await_until
from tests.faults.stored import assert_nothing_lost, assert_recovered, connect, flow_runs

CTRL_C = "The run was interrupted by Ctrl-C (SIGINT)."
EXIT = "The run was ended by the program's exit (SystemExit: 3)."
SIGTERM = "The run was ended by a termination signal (SIGTERM)."
ENDED = "The process ended before this run did."
LEFT = "The run was left when its flow run was interrupted."
WAITING = "interrupt once more to leave them"
COMPLETED = re.compile(r"Flow run '\S+' - Finished in state Completed")


class Way(NamedTuple):
    """A way to end: the exit code of the process, and what the runs say that it met."""

    code: int
    reason: str


RAISED = {"interrupt": Way(-signal.SIGINT, CTRL_C), "exit": Way(3, EXIT)}
HARD = {"hard": 4, "killed": -signal.SIGKILL}

# Shape -> the flows that crash, and the tasks that do.
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "in_flow": ({"in-flow"}, set()),
    "in_task": ({"in-task"}, {"ends"}),
    "submitted": ({"submitted"}, {"ends"}),
    "bounded": ({"bounded"}, {"ends"}),
    "behind_others": ({"behind-others"}, {"ends"}),
    "mapped": ({"mapped"}, {"of_all"}),
    "nested": ({"nested"}, {"submits", "ends"}),
    "settling": ({"settling"}, {"ends"}),
    "in_subflow": ({"in-subflow", "bounded"}, {"bounded", "ends"}),
    "in_hook": ({"in-hook"}, set()),
    "in_hook_of_submitted": ({"in-hook-of-submitted"}, set()),
    "in_generator": ({"in-generator"}, {"ends"}),
    "asynchronous": ({"asynchronous"}, {"ends_async"}),
    "gathered": ({"gathered"}, {"ends_async"}),
    "grouped": ({"grouped"}, {"ends_async"}),
    "submitted_from_loop": ({"submitted-from-loop"}, {"ends"}),
    "settling_on_loop": ({"settling-on-loop"}, {"ends"}),
    "submitted_coroutine": ({"submitted-coroutine"}, {"ends_async"}),
    "in_async_generator": ({"in-async-generator"}, {"ends_async"}),
    "in_thread_of_loop": ({"bounded"}, {"ends"}),
    "in_process": ({"in-process"}, {"ends"}),
    "in_threads": ({"bounded", "mapped"}, {"ends", "of_all"}),
}
# They return the future of a task that crashes: it is the task's end, and not the flow's.
RETURNING = {"settling", "settling_on_loop", "submitted_coroutine"}
# The main thread waits for a task of a pool.
WAITING_FOR_THREADS = ("submitted", "bounded", "behind_others", "mapped", "nested", "settling", "in_subflow")
WAITING_FOR_THREADS += ("in_generator", "settling_on_loop")
ON_A_LOOP_TOO = ("settling_on_loop", "submitted_coroutine")
# A loop runs in it, and nothing else.
ON_A_LOOP = ("asynchronous", "gathered", "grouped", "in_async_generator")
# Its main thread does not wait for long.
AT_WORK = ("in_flow", "in_task")


def task_runs(home: Home) -> dict[str, StateRecord]:
    """The last state of the task runs; of those of one task, the one that ended worst."""
    with closing(connect(home.database)) as connection:
        found = connection.execute("SELECT name, history FROM task_runs").fetchall()
    ended = [(name.rpartition("-")[0], decode_history(history)[-1]) for name, history in found]
    return dict(sorted(ended, key=lambda run: run[1].type == "CRASHED"))


def hooks_called(home: Home) -> list[str]:
    """The states that hooks were called for."""
    lines = [line for path in home.witness.glob("*.jsonl") for line in path.read_text().splitlines()]
    return [note["state"] for note in map(json.loads, lines) if note["kind"] == "hook"]


def assert_stored(home: Home, shape: str, reason: str, reason_of_tasks: str) -> None:
    """All that has begun has ended, by this process itself, and the hooks of crashes were called."""
    flows, tasks = SHAPES[shape]
    assert home.journals() == []
    assert_nothing_lost(home)
    ended = {run.flow: (run.state, run.message) for run in flow_runs(home) if run.flow != "completes"}
    assert ended == dict.fromkeys(flows, ("Crashed", reason))
    assert hooks_called(home) == ["Crashed"] * len(flows)
    for name, state in task_runs(home).items():
        if name in tasks:
            expected = reason if name == "bounded" else reason_of_tasks
            assert (state.name, state.message) == ("Crashed", expected), name


def assert_said_nothing_of_its_own(ended: Ended) -> None:
    for complaint in ("headrace: ", "Logging error", "Exception ignored", "Fatal", "never awaited", "could not be"):
        assert complaint not in ended.err, ended.err


@pytest.mark.parametrize("way", RAISED)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_raised_ends_the_runs_that_it_meets(home: Home, shape: str, way: str) -> None:
    ended = home.run("endings.py", shape, way)
    code, reason = RAISED[way]
    assert ended.code == (0 if shape == "in_threads" else code), ended.err  # It ends its thread, as ever.
    assert_said_nothing_of_its_own(ended)
    if shape in RETURNING:
        assert home.journals() == []
        assert [(run.state, run.message) for run in flow_runs(home)] == [("Failed", "1/1 states failed.")]
        assert [task_runs(home)[name].message for name in SHAPES[shape][1]] == [reason]
        return
    assert_stored(home, shape, reason, reason)
    assert {state.name for state in task_runs(home).values()} <= {"Completed", "Crashed", "NotReady"}
    if shape.startswith("in_hook"):
        assert {state.name for state in task_runs(home).values()} == {"Completed"}


@pytest.mark.parametrize("way", HARD)
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "in_process"])
def test_a_process_that_vanishes_is_recovered(home: Home, shape: str, way: str) -> None:
    ended = home.run("endings.py", shape, way)
    assert ended.code == HARD[way], ended.err
    assert_said_nothing_of_its_own(ended)
    assert_recovered(home)
    flows, tasks = SHAPES[shape]
    assert {run.flow for run in flow_runs(home) if run.state == "Crashed"} - {"completes"} <= flows
    crashed = {name for name, state in task_runs(home).items() if state.name == "Crashed"}
    # In several threads, one of them ends the process, and others are anywhere.
    assert crashed == tasks if shape != "in_threads" else crashed <= tasks | {"one"}
    for run in flow_runs(home):
        assert run.state == "Completed" or "ended before this run did" in str(run.message)


def start_and_wait(home: Home, shape: str) -> Script:
    """A script in the middle of this shape, whose main thread waits where it does so at all."""
    script = home.start("endings.py", shape, "signal")
    await_until(lambda: home.told("waiting"), "the script to be in the middle")
    if shape not in AT_WORK:
        script.await_standstill()
    return script


def interrupt(script: Script, number: int) -> None:
    """Sends the signal, and waits for the flow to wait for its tasks."""
    script.send(number)
    await_until(lambda: WAITING in script.wrote() or not script.is_running, "the flow to wait for what has begun", 30)
    script.await_standstill()


SIGNALS = {signal.SIGINT: Way(-signal.SIGINT, CTRL_C), signal.SIGTERM: Way(143, SIGTERM)}
both_signals = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


@both_signals
@pytest.mark.parametrize("shape", WAITING_FOR_THREADS)
def test_a_signal_lets_the_tasks_end_that_have_begun(home: Home, shape: str, number: signal.Signals) -> None:
    script = start_and_wait(home, shape)
    interrupt(script, number)
    home.tell("go")
    ended = script.end()
    code, reason = SIGNALS[number]
    assert ended.code == code, ended.err
    assert_said_nothing_of_its_own(ended)
    flows, _ = SHAPES[shape]
    assert {(run.state, run.message) for run in flow_runs(home)} == {("Crashed", reason)}
    assert hooks_called(home) == ["Crashed"] * len(flows)
    assert_nothing_lost(home)
    states = {name: state.name for name, state in task_runs(home).items() if name != "bounded"}
    assert set(states.values()) <= {"Completed"}, states


@both_signals
@pytest.mark.parametrize("shape", [*WAITING_FOR_THREADS, "submitted_coroutine"])
def test_a_second_signal_leaves_them_behind(home: Home, shape: str, number: signal.Signals) -> None:
    script = start_and_wait(home, shape)
    interrupt(script, number)
    script.send(number)
    ended = script.end()
    code, reason = SIGNALS[number]
    assert ended.code == code, ended.err
    assert_said_nothing_of_its_own(ended)
    if home.journals() == [] and shape in ON_A_LOOP_TOO and number is signal.SIGTERM:
        # It comes while `asyncio.run` closes the loop, whose coroutines go no further then.
        assert {(run.state, run.message) for run in flow_runs(home)} <= {("Crashed", reason), ("Crashed", ENDED)}
        return
    assert_stored(home, shape, reason, LEFT)


@both_signals
@pytest.mark.parametrize("shape", [*ON_A_LOOP, *AT_WORK, "in_process"])
def test_a_signal_ends_what_is_not_on_a_thread_of_a_pool_at_once(
    home: Home, shape: str, number: signal.Signals
) -> None:
    script = start_and_wait(home, shape)
    script.send(number)
    ended = script.end()
    code, reason = SIGNALS[number]
    assert ended.code == code, ended.err
    assert_said_nothing_of_its_own(ended)
    assert_stored(home, shape, reason, CTRL_C if shape == "in_process" else reason)


def test_sigterm_alone_ends_a_process_whose_tasks_never_end(home: Home) -> None:
    """Who sends it kills the process some time later: by then the run has told its end."""
    script = start_and_wait(home, "bounded")
    script.send(signal.SIGTERM)
    assert script.end().code == 143
    assert_stored(home, "bounded", SIGTERM, LEFT)


def test_flows_in_threads_go_down_with_the_main_one(home: Home) -> None:
    script = start_and_wait(home, "in_threads")
    await_until(lambda: COMPLETED.search(script.wrote()), "the flow that ends by itself to have ended")
    script.send(signal.SIGINT)
    ended = script.end()
    assert ended.code == -signal.SIGINT, ended.err
    assert_said_nothing_of_its_own(ended)
    assert home.journals() == []
    assert {run.flow: run.state for run in flow_runs(home)} == {
        "bounded": "Crashed",
        "mapped": "Crashed",
        "completes": "Completed",
    }
    assert_recovered(home)
