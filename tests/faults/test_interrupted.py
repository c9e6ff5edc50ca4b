"""Ctrl-C at each of a script's reports: all runs are over when the process is, and what had ended stays as it ended."""

import signal
from contextlib import closing

import pytest

from tests.faults.processes import Home
from tests.faults.stored import connect, flow_runs

# Of parent.begin: 2. Of the child: its task run in the parent's graph (2), its begin (2), its task (4), the line that
# tells of its end (1), its end, its task run's. Of the parent's end: 2.
REPORTS = 15
ENDS_OF_THE_CHILD = (11, 12)  # the line that tells of it, and itself

before_and_after = pytest.mark.parametrize("point", ["journal.append.before", "journal.append.after"])


def task_runs(home: Home) -> dict[str, str]:
    """The states of the task runs, that of the subflow among them, by the first word of their names."""
    with closing(connect(home.database)) as connection:
        return {
            row["name"].partition("-")[0]: row["state_name"]
            for row in connection.execute("SELECT name, state_name FROM task_runs")
        }


@before_and_after
@pytest.mark.parametrize("passage", range(1, REPORTS + 1))
def test_an_interruption_at_any_report_leaves_no_run_unfinished(home: Home, point: str, passage: int) -> None:
    ended = home.run("subflow.py", crash_point=f"{point}:{passage}:INT")
    assert ended.code == -signal.SIGINT, ended.err
    assert home.journals() == []
    runs = {run.flow: run.state for run in flow_runs(home)}
    assert {*runs.values(), *task_runs(home).values()} <= {"Completed", "Crashed"}
    # From the line that tells of its end on, the parent has ended.
    assert runs["parent"] == ("Crashed" if passage < REPORTS - 1 else "Completed")


@before_and_after
@pytest.mark.parametrize("passage", ENDS_OF_THE_CHILD)
def test_an_interruption_while_a_subflow_tells_its_end_changes_nothing_of_it(
    home: Home, point: str, passage: int
) -> None:
    ended = home.run("subflow.py", crash_point=f"{point}:{passage}:INT")
    assert ended.code == -signal.SIGINT, ended.err
    assert {run.flow: run.state for run in flow_runs(home)} == {"parent": "Crashed", "child": "Completed"}
    assert task_runs(home) == {"child": "Completed", "work": "Completed"}
