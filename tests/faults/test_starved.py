"""A process that is alive is taken for dead by nobody: whatever its interpreter does, and whatever it opens itself."""

import pytest

from tests.faults.processes import Home, await_until
from tests.faults.stored import assert_recovered, flow_runs


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [5, pytest.param(30, marks=pytest.mark.long)])
def test_a_process_that_holds_the_gil_is_never_called_dead(home: Home, seconds: int) -> None:
    script = home.start("holds_gil.py", str(seconds))
    await_until(lambda: home.told("holding"), "the script to hold its interpreter's lock")
    recoveries = 0
    while not home.told("held"):
        home.recover().was_silent()
        if not home.told("held"):
            recoveries += 1
            assert [run.state for run in flow_runs(home)] == ["Running"]
            assert len(home.journals()) == 1
    assert recoveries >= 3
    assert script.end().code == 0
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Completed"]


def test_a_process_that_looks_into_its_own_home_is_not_called_dead(home: Home) -> None:
    script = home.start("looks_home.py")
    await_until(lambda: home.told("looked"), "the script to look at its own journal")
    home.recover().was_silent()
    assert [run.state for run in flow_runs(home)] == ["Running"]
    home.tell("go")
    assert script.end().code == 0
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Completed"]
