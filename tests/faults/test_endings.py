"""Ways in which a script ends other than by its last line: signals, hard exits, errors while the interpreter ends."""

import signal

import pytest

from tests.faults.processes import Ended, Home, await_until
from tests.faults.stored import assert_nothing_lost, assert_recovered, flow_runs

SIGNALS = {signal.SIGTERM: 143, signal.SIGINT: -signal.SIGINT}
REASONS = {
    signal.SIGTERM: "The run was ended by a termination signal (SIGTERM).",
    signal.SIGINT: "The run was interrupted by Ctrl-C (SIGINT).",
}


@pytest.mark.parametrize("place", ["waits", "waits_in_task", "waits_in_subflow"])
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_crashes_the_run_at_once_with_its_reason(home: Home, number: signal.Signals, place: str) -> None:
    script = home.start("leaves.py", place)
    await_until(lambda: home.told("waiting"), "the flow to be in the middle")
    script.send(number)
    ended = script.end()
    assert ended.code == SIGNALS[number], ended.err
    assert ("KeyboardInterrupt" in ended.err) is (number is signal.SIGINT)
    # Without any recovery.
    assert home.journals() == []
    assert_nothing_lost(home)
    assert {(run.state, run.message) for run in flow_runs(home)} == {("Crashed", REASONS[number])}
    assert_recovered(home)


def test_a_hard_exit_loses_nothing_and_is_a_crash(home: Home) -> None:
    ended = home.run("leaves.py", "exits_hard")
    assert ended.code == 7
    seen = assert_recovered(home)
    assert len(seen.tasks) == 200
    (run,) = flow_runs(home)
    assert run.state == "Crashed"
    assert run.message is not None
    assert "ended before this run did" in run.message


def test_errors_of_the_script_and_at_exit_lose_nothing(home: Home) -> None:
    ended = home.run("leaves.py", "fails_at_exit")
    assert ended.code == 1
    assert "raised by the script" in ended.err
    assert "raised while the interpreter ends" in ended.err
    assert_ended_in_order(home, ended)
    assert [run.state for run in flow_runs(home)] == ["Completed"]


def test_runs_while_the_interpreter_ends_are_kept(home: Home) -> None:
    ended = home.run("leaves.py", "reports_at_exit")
    assert ended.code == 0, ended.err
    assert_ended_in_order(home, ended)
    assert [run.state for run in flow_runs(home)] == ["Completed", "Completed"]


def test_a_daemon_thread_within_its_flow_at_the_end_is_a_crash(home: Home) -> None:
    ended = home.run("leaves.py", "leaves_thread_behind")
    assert ended.code == 0, ended.err
    assert_ended_in_order(home, ended)
    assert {run.flow: run.state for run in flow_runs(home)} == {"waits": "Crashed", "completes": "Completed"}


def assert_ended_in_order(home: Home, ended: Ended) -> None:
    """The process itself stored all that it reported, and complained of nothing."""
    assert "headrace:" not in ended.err, ended.err
    assert "Logging error" not in ended.err, ended.err
    assert home.journals() == []
    assert_nothing_lost(home)
    assert_recovered(home)


def test_a_script_that_is_killed_while_others_write_harms_nobody(home: Home) -> None:
    home.run("one_flow.py")
    victims = [
        home.start("endless.py", crash_point=f"{point}:{passage}")
        for point in ("store.staged", "store.commit.before", "store.commit.after", "journal.append.after")
        for passage in (3, 6)
    ]
    others = [home.start("many_tasks.py", "200") for _ in range(3)]
    home.tell("go")
    assert {victim.end().code for victim in victims} == {-signal.SIGKILL}
    for other in others:
        ended = other.end()
        assert ended.code == 0, ended.err
        assert "headrace:" not in ended.err
    assert_recovered(home)
    states = [run.state for run in flow_runs(home) if run.flow == "many"]
    assert states == ["Completed"] * 3
