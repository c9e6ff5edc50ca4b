"""`headrace flow-run`: ls, inspect and logs, as text and as JSON, on the home's own store."""

import re
from typing import Any

import pytest

from tests.cli.terminal import SCRIPTS, Terminal

ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def runs(terminal: Terminal) -> dict[str, Any]:
    """The runs by the name of their flow."""
    listed = terminal.ask("flow-run", "ls", "-o", "json").json
    return {terminal.ask("flow-run", "inspect", run["id"], "-o", "json").json["flow_name"]: run for run in listed}


@pytest.fixture(scope="module")
def sums(lived_in: Terminal) -> Any:
    """The run of `sums`, as the API gives it."""
    return runs(lived_in)["sums"]


def test_runs_are_listed_with_the_newest_first(lived_in: Terminal) -> None:
    printed = lived_in.ask("flow-run", "ls")
    head, *lines = printed.out.splitlines()
    assert head.split() == ["ID", "Flow", "Name", "Parent", "State", "Started", "Duration"]
    caller = lines[-1].split()[2]
    assert [line.split()[1::2][:2] for line in lines] == [
        ["fails", "Failed"],
        ["report", caller],
        ["sums", "Completed"],
    ]
    assert all(re.match(ID, line) for line in lines)
    assert (printed.code, printed.err) == (0, "")


def test_a_command_is_a_process_too(lived_in: Terminal) -> None:
    assert lived_in.type("flow-run", "ls", "-o", "json") == lived_in.ask("flow-run", "ls", "-o", "json")


def test_json_has_the_fields_of_the_rest_api(lived_in: Terminal) -> None:
    newest = lived_in.ask("flow-run", "ls", "-o", "json").json[0]
    assert newest["state_type"] == "FAILED"
    assert {"id", "created", "flow_id", "parameters", "start_time", "end_time", "total_run_time", "state"} <= set(
        newest
    )


@pytest.mark.parametrize(
    ("words", "flows"),
    [
        (["--state", "failed"], ["fails"]),
        (["--state", "Completed", "--state", "FAILED"], ["fails", "report", "sums"]),
        (["--state-type", "completed"], ["report", "sums"]),
        (["--flow-name", "sums", "--flow-name", "fails"], ["fails", "sums"]),
        (["--flow-name", "sums", "--state", "Failed"], []),
        (["--since", "1d"], ["fails", "report", "sums"]),
        (["--since", "2020-01-01"], ["fails", "report", "sums"]),
        (["--since", "9999-12-31"], []),
        (["--limit", "2"], ["fails", "report"]),
    ],
)
def test_runs_are_listed_by_what_they_are(lived_in: Terminal, words: list[str], flows: list[str]) -> None:
    lines = lived_in.ask("flow-run", "ls", *words).out.splitlines()[1:]
    assert [line.split()[1] for line in lines] == flows


def test_subflow_runs_are_listed_or_not(lived_in: Terminal, sums: Any) -> None:
    without = lived_in.ask("flow-run", "ls", "--no-subflows")
    head, *lines = without.out.splitlines()
    assert "Parent" not in head
    assert [line.split()[1] for line in lines] == ["fails", "sums"]
    (child,) = lived_in.ask("flow-run", "ls", "--parent", sums["name"], "-o", "json").json
    assert (child["parent_flow_run_id"], child["parent_flow_run_name"]) == (sums["id"], sums["name"])
    assert (sums["parent_flow_run_id"], sums["parent_flow_run_name"]) == (None, None)
    assert lived_in.ask("flow-run", "ls", "--parent", child["id"]).err == "No flow run matches.\n"
    assert lived_in.ask("flow-run", "ls", "--parent", "nobody").code == 1


def test_a_list_that_is_cut_says_so(lived_in: Terminal) -> None:
    assert lived_in.ask("flow-run", "ls", "--limit", "2").err == "2 of 3 flow runs; --limit shows more.\n"


def test_a_list_without_a_match_says_so(lived_in: Terminal) -> None:
    printed = lived_in.ask("flow-run", "ls", "--state", "Paused")
    assert (printed.code, printed.out, printed.err) == (0, "", "No flow run matches.\n")


def test_an_empty_home_says_what_to_do(terminal: Terminal) -> None:
    printed = terminal.ask("flow-run", "ls")
    assert (printed.code, printed.out) == (0, "")
    assert printed.err == "No flow runs yet. Run a flow: headrace run FILE\n"


def test_a_type_of_states_that_is_none_is_refused(lived_in: Terminal) -> None:
    refused = lived_in.ask("flow-run", "ls", "--state-type", "done")
    assert refused.code == 2
    assert "completed" in refused.err


def test_a_time_that_is_none_is_refused(lived_in: Terminal) -> None:
    refused = lived_in.ask("flow-run", "ls", "--since", "lately")
    assert refused.code == 2
    assert refused.err.startswith("Error: 'lately' is no time: write how long ago, as in 30m")


def test_a_run_is_shown_with_its_states_tasks_and_children(lived_in: Terminal, sums: Any) -> None:
    shown = lived_in.ask("flow-run", "inspect", sums["id"]).out
    assert shown.splitlines()[0] == sums["name"]
    assert 'Parameters  label = "first"\n            n = 3\n' in shown
    states = shown[shown.index("\nStates\n") : shown.index("\nTask runs ")]
    assert re.findall(r"^(Pending|Running|Completed) ", states, re.MULTILINE) == ["Pending", "Running", "Completed"]
    assert "\nTask runs (4 completed)\n" in shown
    assert len(re.findall(r"^add-\w+ +Completed ", shown, re.MULTILINE)) == 3
    child = runs(lived_in)["report"]
    assert re.search(rf"^report-0 +Completed .* subflow run {child['name']}$", shown, re.MULTILINE)
    assert re.search(rf"\nSubflow runs\n.*\n{child['id']} +{child['name']} +report-0 +Completed ", shown)


def test_attempts_are_counted_where_one_was_tried_again(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{SCRIPTS}/ends.py:tries_again")
    shown = terminal.ask("flow-run", "inspect", ran.run_id)
    assert re.search(r"^Name +State +After +Duration +Attempts +Message$", shown.out, re.MULTILINE)
    assert re.search(r"^flaky-\w+ +Completed .* 3$", shown.out, re.MULTILINE)
    (task_run,) = terminal.ask("flow-run", "inspect", ran.run_id, "-o", "json").json["task_runs"]
    assert task_run["run_count"] == 3


def test_a_child_names_its_parent(lived_in: Terminal, sums: Any) -> None:
    child = runs(lived_in)["report"]
    assert f"Parent      {sums['name']} ({sums['id']})" in lived_in.ask("flow-run", "inspect", child["id"]).out


def test_a_failed_run_says_why_and_where(lived_in: Terminal) -> None:
    failed = runs(lived_in)["fails"]
    shown = lived_in.ask("flow-run", "inspect", failed["name"]).out
    assert re.search("State +Failed: Flow run encountered an exception: ZeroDivisionError: division by zero", shown)
    assert "Task runs (1 completed, 1 failed)" in shown
    assert re.search(r"divide-\w+ +Failed .*ZeroDivisionError: division by zero", shown)


def test_inspect_as_json_has_what_belongs_to_the_run(lived_in: Terminal, sums: Any) -> None:
    shown = lived_in.ask("flow-run", "inspect", sums["id"], "-o", "json").json
    assert {name: shown[name] for name in sums} == sums
    assert shown["flow_name"] == "sums"
    assert shown["parent_flow_run_id"] is None
    assert [state["type"] for state in shown["states"]] == ["PENDING", "RUNNING", "COMPLETED"]
    assert len(shown["task_runs"]) == 4
    (child,), stands_for_it = shown["child_flow_runs"], shown["task_runs"][-1]
    assert child["parent_task_run_id"] == stands_for_it["id"]
    assert (stands_for_it["subflow_run_id"], stands_for_it["subflow_run_name"]) == (child["id"], child["name"])
    assert shown["task_runs"][0]["subflow_run_id"] is None


@pytest.mark.parametrize("cut", [18, 23, 36])
def test_a_run_is_found_by_the_beginning_of_its_id(lived_in: Terminal, sums: Any, cut: int) -> None:
    found = lived_in.ask("flow-run", "inspect", sums["id"][:cut].upper(), "-o", "json").json
    assert found["id"] == sums["id"]


def test_an_id_without_hyphens_is_one_too(lived_in: Terminal, sums: Any) -> None:
    assert lived_in.ask("flow-run", "inspect", sums["id"].replace("-", ""), "-o", "json").json["id"] == sums["id"]


def test_a_beginning_that_fits_several_runs_is_answered_with_them(lived_in: Terminal, sums: Any) -> None:
    answered = lived_in.ask("flow-run", "inspect", sums["id"][:4])
    assert answered.code == 1
    assert f"'{sums['id'][:4]}' names several flow runs; give the id of one:" in answered.err
    assert f"  {sums['id']}  {sums['name']}" in answered.err


@pytest.mark.parametrize("wanted", ["nobody", "ffffffff", "00000000-0000-0000-0000-000000000000"])
def test_a_run_that_is_not_there_is_answered_with_what_to_do(lived_in: Terminal, wanted: str) -> None:
    for command in ("inspect", "logs"):
        answered = lived_in.ask("flow-run", command, wanted)
        assert answered.code == 1
        assert f"There is no flow run {wanted}" in answered.err.replace("'", "")
        assert "headrace flow-run ls shows" in answered.err


def messages(printed: str) -> list[str]:
    return [line.partition(" - ")[2] for line in printed.splitlines()]


def test_the_log_is_shown_as_the_terminal_had_it(lived_in: Terminal, sums: Any) -> None:
    printed = lived_in.ask("flow-run", "logs", sums["id"]).out
    assert re.match(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{3}} \| INFO    \| Flow run '{sums['name']}' - Beginning flow run",
        printed,
    )
    assert re.search(r"\| INFO    \| Task run 'add-\w+' - adding 0\n", printed)
    assert messages(printed)[-1] == "Finished in state Completed()"


def test_a_part_of_the_log_is_shown(lived_in: Terminal, sums: Any) -> None:
    everything = lived_in.ask("flow-run", "logs", sums["id"]).out.splitlines()

    def shown(*words: str) -> list[str]:
        return lived_in.ask("flow-run", "logs", sums["id"], *words).out.splitlines()

    assert shown("--head") == everything[:20]
    assert shown("-h", "-n", "2") == everything[:2]
    assert shown("-n", "2") == everything[:2]
    assert shown("--tail", "--num-logs", "2") == everything[-2:]
    assert shown("--reverse") == everything[::-1]
    assert shown("-t", "-r", "-n", "3") == everything[:-4:-1]


def test_head_and_tail_exclude_each_other(lived_in: Terminal) -> None:
    refused = lived_in.ask("flow-run", "logs", "x", "--head", "--tail")
    assert (refused.code, refused.err) == (2, "Error: --head and --tail exclude each other: give one of them.\n")


def test_the_log_as_json_has_the_fields_of_the_rest_api(lived_in: Terminal, sums: Any) -> None:
    lines = lived_in.ask("flow-run", "logs", sums["id"], "-o", "json").json
    assert {"id", "name", "level", "message", "timestamp", "flow_run_id", "task_run_id"} <= set(lines[0])
    assert lines[-1]["message"] == "Finished in state Completed()"


def test_a_run_of_many_tasks_shows_their_numbers_and_what_went_wrong(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{SCRIPTS}/many.py")
    assert ran.code == 0
    shown = terminal.ask("flow-run", "inspect", ran.run_id)
    assert "Task runs (298 completed, 2 failed)" in shown.out
    assert len(re.findall(r"^turn-\w+ +Failed ", shown.out, re.MULTILINE)) == 2
    assert "turn-" in shown.out
    assert shown.err == "298 task runs not shown; --output json has them all.\n"
    assert len(terminal.ask("flow-run", "inspect", ran.run_id, "-o", "json").json["task_runs"]) == 300
    assert len(terminal.ask("flow-run", "logs", ran.run_id).out.splitlines()) > 300


def test_the_commands_answer_to_the_plural_too(lived_in: Terminal) -> None:
    plural, singular = (lived_in.ask(noun, "ls", "-o", "json") for noun in ("flow-runs", "flow-run"))
    assert plural == singular
