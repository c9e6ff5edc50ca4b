"""`headrace flow`: ls and inspect, in process and over HTTP."""

import re

from tests.cli.terminal import Terminal


def test_flows_are_listed_with_their_newest_run(reader: Terminal) -> None:
    head, *lines = reader.ask("flow", "ls").out.splitlines()
    assert head.split() == ["ID", "Name", "Runs", "State", "Started"]
    rows = {line.split()[1]: line.split()[2:4] for line in lines}
    assert rows == {"fails": ["1", "Failed"], "report": ["1", "Completed"], "sums": ["1", "Completed"]}


def test_a_list_of_flows_that_is_cut_says_so(reader: Terminal) -> None:
    printed = reader.ask("flow", "ls", "--limit", "1")
    assert len(printed.out.splitlines()) == 2
    assert printed.err == "The newest 1 flow; --limit shows more.\n"


def test_a_flow_is_found_by_name_id_and_beginning(reader: Terminal) -> None:
    listed = reader.ask("flow", "ls", "-o", "json").json
    sums = next(flow for flow in listed if flow["name"] == "sums")
    for wanted in ("sums", sums["id"], sums["id"][:23]):
        shown = reader.ask("flow", "inspect", wanted, "-o", "json").json
        assert {name: shown[name] for name in sums} == sums
        assert shown["flow_run_counts"] == {"COMPLETED": 1}
        assert [run["flow_id"] for run in shown["newest_flow_runs"]] == [sums["id"]]


def test_a_flow_is_shown_with_its_runs(reader: Terminal) -> None:
    shown = reader.ask("flow", "inspect", "fails").out
    assert shown.startswith("fails\n")
    assert re.search(r"^Runs +1 \(1 failed\)$", shown, re.MULTILINE)
    assert re.search(r"^Newest runs\nID +Name +State +Started +Duration\n\S{36} +\S+ +Failed ", shown, re.MULTILINE)


def test_a_flow_that_is_not_there_is_answered_with_what_to_do(reader: Terminal) -> None:
    answered = reader.ask("flow", "inspect", "nobody")
    assert answered.code == 1
    assert answered.err.startswith("Error: There is no flow 'nobody': give an id")
    assert "headrace flow ls shows" in answered.err


def test_an_empty_home_says_what_to_do(terminal: Terminal) -> None:
    for words in (["flow", "ls"], ["task-run", "ls"]):
        printed = terminal.ask(*words)
        assert (printed.code, printed.out) == (0, "")
        assert printed.err.endswith("headrace run FILE\n")
