"""What is seen on a terminal, what is loaded to show it, and what changes where output is piped."""

import json
import subprocess
import sys

import pytest

from tests.cli.terminal import Terminal

LOADED = """
import json, sys
from headrace.cli import main
sys.argv = ["headrace", *WORDS]
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(*words: str) -> set[str]:
    """The modules that `headrace` with these words loads."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.replace("WORDS", repr(list(words)))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["flow-run", "--help"], ["--version"]])
def test_help_loads_click_and_nothing_else(words: list[str]) -> None:
    loaded = loaded_by(*words)
    assert sorted(name for name in loaded if name.partition(".")[0] == "headrace") == [
        "headrace",
        "headrace._kernel",
        "headrace._kernel.late",
        "headrace.cli",
        "headrace.cli.commands",
        "headrace.cli.failures",
        "headrace.exceptions",
    ]
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"headrace", "click"}
    # What site-packages of this environment load at each start of Python is not ours.
    assert foreign <= {name.partition(".")[0] for name in _at_start()}
    assert not loaded & {"asyncio", "sqlite3", "importlib.metadata"}


def _at_start() -> list[str]:
    command = [sys.executable, "-c", "import json, sys; print(json.dumps(sorted(sys.modules)))"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def test_a_terminal_is_shown_colours(lived_in: Terminal) -> None:
    assert "\x1b[31mFailed" in lived_in.look("flow-run", "ls")


@pytest.mark.parametrize("without", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize(
    "words", [["flow-run", "ls", "--limit", "1"], ["doctor"], ["version"], ["--help"], ["journal", "ls"]]
)
def test_no_colours_are_shown_where_they_are_not_wanted(
    lived_in: Terminal, words: list[str], without: dict[str, str]
) -> None:
    assert "\x1b[" not in lived_in.look(*words, environment=without)


def test_what_is_piped_has_no_colours_and_is_not_cut(lived_in: Terminal) -> None:
    for words in (["flow-run", "ls"], ["doctor"]):
        printed = lived_in.type(*words, COLUMNS="40")
        assert "\x1b[" not in printed.out + printed.err
        assert "\u2026" not in printed.out


def test_a_narrow_terminal_shows_ids_that_can_be_given_back(lived_in: Terminal) -> None:
    shown = lived_in.look("flow-run", "ls", columns=80, environment={"NO_COLOR": "1"})
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    shown_id = lines[-1].split()[0]
    assert len(shown_id) == 18
    assert lived_in.ask("flow-run", "inspect", shown_id).code == 0


def test_a_wide_terminal_shows_whole_ids(lived_in: Terminal) -> None:
    shown = lived_in.look("flow-run", "ls", columns=120, environment={"NO_COLOR": "1"})
    assert [line for line in shown.splitlines()[1:] if len(line.split()[0]) != 36] == []


def test_a_long_sentence_is_broken_behind_its_indent(lived_in: Terminal) -> None:
    shown = lived_in.look(
        "doctor", columns=80, environment={"NO_COLOR": "1", "HEADRACE_API_URL": "http://127.0.0.1:9/api"}
    )
    told = shown[shown.index("fail  api") : shown.index("ok    journals")].splitlines()
    assert len(told) > 2
    assert all(len(line) <= 80 and line.startswith(" " * 19) for line in told[1:])


def test_a_command_that_does_not_exist_is_answered_with_those_that_are_near(terminal: Terminal) -> None:
    refused = terminal.type("flow-rum")
    assert refused.code == 2
    assert "No such command" in refused.err


def test_a_reader_that_goes_away_is_no_error(lived_in: Terminal) -> None:
    command = f"{sys.executable} -m headrace flow-run ls -o json | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], env=lived_in.environment_of_process(), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[\n", "")
