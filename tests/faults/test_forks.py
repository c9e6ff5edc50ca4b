"""A child process outlives its parent: the parent is seen as dead at once, and the child's own reports are kept."""

import pytest

from tests.faults.processes import Home, await_until
from tests.faults.stored import assert_nothing_lost, assert_recovered, flow_runs


@pytest.mark.parametrize("when", ["early", "late"])
@pytest.mark.parametrize("kind", ["fork", "process", "spawn"])
def test_a_child_that_outlives_its_parent_hides_no_death(home: Home, kind: str, when: str) -> None:
    script = home.start("forks.py", kind, when)
    await_until(lambda: home.told("parent-ready") and home.told("child-reported"), "parent and child to be at work")
    home.recover().was_silent()
    children = {"child": "Running"} if when == "early" else {}
    assert {run.flow: run.state for run in flow_runs(home)} == {"parent": "Running"} | children
    script.kill()
    script.process.wait()

    home.recover().was_silent()
    assert {run.flow: run.state for run in flow_runs(home)} == {"parent": "Crashed"} | children
    alive = frozenset(run.id for run in flow_runs(home) if run.flow == "child")
    assert_nothing_lost(home, alive=alive)
    assert len(home.journals()) == len(alive)

    home.tell("go")
    await_until(lambda: home.told("child-done"), "the child to end its flows")
    script.end()
    seen = assert_recovered(home)
    assert len(seen.flows_ended) == (2 if when == "early" else 1)
