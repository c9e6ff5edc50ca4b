"""Processes that are made while threads of a pool are at work: nobody waits for ever, and each run is stored once."""

import json
from collections import Counter

import pytest

from tests.faults.processes import Ended, Home
from tests.faults.stored import flow_runs, task_states

# By how a forked child goes on: its exit code, where the flow or a task that it calls forked; and where a submitted
# task did, whose child has no main thread that could fail.
FORKED = {"leaves": (7, 7), "returns": (0, 0), "raises": (1, 0), "exits": (9, 0), "runs": (4, 4), "submits": (7, 7)}
METHODS = ("fork", "spawn", "forkserver")
OF_NO_RUNS = ["program", *(f"{kind}-{method}" for kind in ("pool", "executor") for method in METHODS)]
places = pytest.mark.parametrize("place", ["flow", "task", "submitted"])


def exit_codes(home: Home) -> list[int]:
    lines = [line for path in home.witness.glob("*.jsonl") for line in path.read_text().splitlines()]
    return [note["code"] for note in map(json.loads, lines) if note["kind"] == "child"]


def assert_stored(home: Home, ended: Ended, place: str, flows: dict[str, str], ones: int = 0) -> None:
    """The parent went on as if nothing were; and once whoever comes next has read what a child left, all has ended."""
    assert ended.code == 0, ended.err
    for complaint in ("headrace: ", "Logging error", "DeprecationWarning: This process"):
        assert complaint not in ended.err, ended.err
    home.recover().was_silent()
    assert home.journals() == []
    assert {run.flow: run.state for run in flow_runs(home)} == {"parent": "Completed", **flows}
    expected = Counter(busy=1, makes=0 if place == "flow" else 1, one=ones, child=len(flows))
    assert Counter(name.rpartition("-")[0] for name, _ in task_states(home)) == +expected
    assert {state for _, state in task_states(home)} == {"Completed"}


@places
@pytest.mark.parametrize("kind", FORKED)
def test_a_forked_child_ends_and_leaves_its_parent_alone(home: Home, kind: str, place: str) -> None:
    ended = home.run("forks_at_work.py", kind, place)
    assert exit_codes(home) == [FORKED[kind][place == "submitted"]], ended.err
    of_child = {"runs": ({"child": "Completed"}, 3), "submits": ({}, 1)}
    assert_stored(home, ended, place, *of_child.get(kind, ({}, 0)))


@places
@pytest.mark.parametrize("method", METHODS)
def test_a_process_of_multiprocessing_reports_its_own_flow(home: Home, method: str, place: str) -> None:
    ended = home.run("forks_at_work.py", f"process-{method}", place)
    assert exit_codes(home) == [0], ended.err
    if method == "fork":
        assert_stored(home, ended, place, {"child": "Completed"}, 2)
    else:  # A new interpreter knows of no flow that it was started in.
        home.recover().was_silent()
        assert {run.flow: run.state for run in flow_runs(home)} == {"parent": "Completed", "child": "Completed"}


@places
@pytest.mark.parametrize("kind", OF_NO_RUNS)
def test_processes_that_run_no_flows_disturb_none(home: Home, kind: str, place: str) -> None:
    assert_stored(home, home.run("forks_at_work.py", kind, place), place, {})
