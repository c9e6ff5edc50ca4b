"""A store that is away while a flow's pool works: the flow run is terminal only when its task runs are stored."""

import pytest

from tests.faults.processes import Home, Script, await_until
from tests.faults.stored import (
    assert_recovered,
    assert_terminal_runs_are_whole,
    flow_runs,
    read_meta,
    task_states,
    write_meta,
)


@pytest.fixture
def ended(home: Home) -> Script:
    """A script whose flow has ended, with a pool that could store nothing; the store is there again."""
    script = home.start("pool.py", "6", "stay")
    await_until(lambda: home.told("waiting"), "the flow to begin")
    before = read_meta(home)
    write_meta(home, min_writer=999)
    home.tell("go")
    await_until(lambda: home.told("ended"), "the flow to end")
    assert [run.state for run in flow_runs(home)] == ["Running"]
    write_meta(home, **before)
    return script


def assert_all_stored(home: Home) -> None:
    assert len(assert_recovered(home).tasks) == 6
    assert [run.state for run in flow_runs(home)] == ["Completed"]
    assert [state for _, state in task_states(home)] == ["Completed"] * 6


def test_the_flows_process_stores_what_its_pool_could_not(home: Home, ended: Script) -> None:
    await_until(lambda: assert_terminal_runs_are_whole(home), "the flow run to be stored as ended")
    home.tell("finish")
    assert ended.end().code == 0
    assert home.journals() == []
    assert_all_stored(home)


def test_a_recovery_stores_it_where_that_process_is_killed(home: Home, ended: Script) -> None:
    ended.kill()
    ended.end()
    recoverers = [home.start("recover.py") for _ in range(3)]
    while any(recoverer.is_running for recoverer in recoverers):
        assert_terminal_runs_are_whole(home)
    for recoverer in recoverers:
        recoverer.end().was_silent()
    assert_terminal_runs_are_whole(home)
    assert_all_stored(home)
