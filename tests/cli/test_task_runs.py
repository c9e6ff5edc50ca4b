"""`headrace task-run`: ls, inspect and logs, in process and over HTTP."""

import re

import pytest

from tests.cli.terminal import SCRIPTS, Terminal


def names(terminal: Terminal, *words: str) -> list[str]:
    """The names of the listed task runs, without what tells those of one task apart."""
    return [each["name"].rpartition("-")[0] for each in terminal.ask("task-run", "ls", *words, "-o", "json").json]


def test_task_runs_are_listed_with_their_flow_run(reader: Terminal) -> None:
    head, *lines = reader.ask("task-run", "ls").out.splitlines()
    assert head.split() == ["ID", "Name", "Flow", "run", "State", "Started", "Duration"]
    assert len(lines) == 6
    fails = reader.ask("flow-run", "ls", "--flow-name", "fails", "-o", "json").json[0]["name"]
    assert [line.split()[2] for line in lines[:2]] == [fails, fails]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--state", "failed"], ["divide"]),
        (["--state-type", "failed"], ["divide"]),
        (["--flow-name", "fails"], ["divide", "add"]),
        (["--since", "1d", "--until", "0s", "--limit", "1"], ["divide"]),
        (["--until", "1d"], []),
        (["--tag", "none-has-it"], []),
    ],
)
def test_task_runs_are_listed_by_what_they_are(reader: Terminal, words: list[str], found: list[str]) -> None:
    assert names(reader, *words) == found


def test_the_task_runs_of_one_flow_run_are_listed(reader: Terminal) -> None:
    run = reader.ask("flow-run", "ls", "--flow-name", "sums", "-o", "json").json[0]
    assert sorted(names(reader, "--flow-run", run["name"])) == ["add", "add", "add", "report"]


def test_a_list_that_is_cut_or_empty_says_so(reader: Terminal) -> None:
    assert reader.ask("task-run", "ls", "--limit", "2").err == "2 of 6 task runs; --limit shows more.\n"
    assert reader.ask("task-run", "ls", "--state", "Paused").err == "No task run matches.\n"


def test_a_failed_task_run_says_why(reader: Terminal) -> None:
    (failed,) = reader.ask("task-run", "ls", "--state", "failed", "-o", "json").json
    for wanted in (failed["name"], failed["id"], failed["id"][:23]):
        shown = reader.ask("task-run", "inspect", wanted).out
        assert shown.startswith(failed["name"])
        assert re.search(r"^State +Failed: .*ZeroDivisionError: division by zero", shown, re.MULTILINE)
        assert re.search(r"^Flow run +\S+ \(" + failed["flow_run_id"], shown, re.MULTILINE)
        assert re.findall(r"^(Pending|Running|Failed) ", shown, re.MULTILINE) == ["Pending", "Running", "Failed"]


def test_a_task_run_as_json_has_what_belongs_to_it(reader: Terminal) -> None:
    child = reader.ask("flow-run", "ls", "--flow-name", "report", "-o", "json").json[0]
    shown = reader.ask("task-run", "inspect", child["parent_task_run_id"], "-o", "json").json
    assert shown["subflow_run_id"] == child["id"]
    assert [state["type"] for state in shown["states"]][-1] == "COMPLETED"
    assert shown["flow_run_name"]


def test_what_goes_from_task_to_task_is_shown(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{SCRIPTS}/tagged.py:nightly")
    (added,) = terminal.ask("task-run", "ls", "--flow-run", ran.run_id, "--limit", "1", "-o", "json").json
    shown = terminal.ask("task-run", "inspect", added["id"]).out
    assert re.search(r"^Task +add_up-", shown, re.MULTILINE)
    assert re.search(r"^Inputs +numbers from fetch-\w+, fetch-\w+$", shown, re.MULTILINE)


def test_tags_choose_among_runs(terminal: Terminal) -> None:
    assert terminal.type("run", f"{SCRIPTS}/tagged.py:tagged").code == 0
    assert sorted(names(terminal, "--tag", "slow", "--tag", "eu")) == ["fetch", "fetch"]
    (nightly,) = terminal.ask("flow-run", "ls", "--tag", "nightly", "-o", "json").json
    assert sorted(nightly["tags"]) == ["eu", "nightly"]
    assert terminal.ask("flow-run", "ls", "--name", nightly["name"], "-o", "json").json == [nightly]


def test_the_log_of_a_task_run_is_its_own(reader: Terminal) -> None:
    run = reader.ask("task-run", "ls", "--flow-name", "sums", "--limit", "2", "-o", "json").json[1]
    lines = reader.ask("task-run", "logs", run["name"]).out.splitlines()
    assert len(lines) == 2
    assert all(f"| Task run '{run['name']}' - " in line for line in lines)
    assert reader.ask("task-run", "logs", run["id"], "-t", "-n", "1").out.splitlines() == lines[-1:]


def test_a_task_run_that_is_not_there_is_answered_with_what_to_do(reader: Terminal) -> None:
    for command in ("inspect", "logs"):
        answered = reader.ask("task-run", command, "nobody")
        assert answered.code == 1
        assert "headrace task-run ls shows" in answered.err
