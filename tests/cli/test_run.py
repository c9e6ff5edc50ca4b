"""`headrace run`: which flow of a file runs, with which parameters, and how the process ends."""

import shutil
import signal
from pathlib import Path

import pytest

from headrace.cli.rendering.endings import shown_value
from tests.cli.terminal import SCRIPTS, Terminal

PIPELINE = f"{SCRIPTS}/pipeline.py"
ALONE = f"{SCRIPTS}/alone.py"
ENDS = f"{SCRIPTS}/ends.py"
WAITS = f"{SCRIPTS}/waits.py"


class Table:
    """A value whose text has several lines."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __repr__(self) -> str:
        if self.text is None:
            raise ValueError
        return self.text


def state_of_only_run(terminal: Terminal) -> tuple[str, str | None]:
    (run,) = terminal.ask("flow-run", "ls", "-o", "json").json
    return run["state_name"], run["state"]["message"]


def test_a_flow_runs_with_its_parameters_and_the_command_that_shows_it_is_told(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{PIPELINE}:sums", "-p", "label=of numbers", "-p", "n=4")
    assert ran.code == 0
    assert ran.out == "total 6\n"
    shown = terminal.ask("flow-run", "inspect", ran.run_id, "-o", "json").json
    assert shown["parameters"] == {"label": "of numbers", "n": 4}
    assert shown["state_type"] == "COMPLETED"


def test_what_a_flow_returns_is_shown_beside_what_it_prints(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{PIPELINE}:sums", "-p", "n=4")
    assert ran.err.splitlines()[-2:] == [
        "Returned 6",
        f"The run is Completed. Show it: headrace flow-run inspect {ran.run_id}",
    ]
    assert "Returned" not in terminal.type("run", ALONE).err  # as it returns nothing


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Porto", "'Porto'"),
        (list(range(99)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...]"),
        (Table("a  b\n1  2"), "Table:\n  a  b\n  1  2"),
        (Table("row\n" * 99), "Table:" + "\n  row" * 12 + "\n  ..."),
    ],
)
def test_a_returned_value_is_shown_as_there_is_room(value: object, shown: str) -> None:
    assert shown_value(value) == shown


def test_a_value_that_cannot_be_shown_is_named_by_its_type() -> None:
    assert shown_value(Table(None)).startswith("<Table instance at ")


def test_the_only_flow_that_a_file_defines_needs_no_name(terminal: Terminal) -> None:
    ran = terminal.type("run", ALONE)
    assert (ran.code, ran.out) == (0, "None '' alone\n")


def test_all_parameters_are_given_as_one_object(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{PIPELINE}:sums", "--params", '{"label": "7", "n": 2}')
    assert (ran.code, ran.out) == (0, "total 1\n")


@pytest.mark.parametrize("entrypoint", ["jobs.pipeline:sums", "jobs.pipeline.sums"])
def test_a_flow_of_a_module_is_found_from_the_folder_at_hand(
    terminal: Terminal, tmp_path: Path, entrypoint: str
) -> None:
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    shutil.copy(PIPELINE, jobs)
    assert terminal.type("run", entrypoint, cwd=tmp_path).out == "total 3\n"
    several = terminal.type("run", "jobs.pipeline", cwd=tmp_path)
    assert (several.code, "jobs.pipeline holds 3 flows" in several.err) == (2, True)


def test_a_package_that_raises_is_shown_with_its_traceback(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("raise LookupError('no such table')")
    for entrypoint in ("shop", "shop.jobs:daily"):
        ran = terminal.type("run", entrypoint, cwd=tmp_path)
        assert ran.code == 1
        assert ran.err.endswith(" could not be imported: LookupError: no such table\n")


def test_a_package_that_lacks_another_says_which(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("import no_such_thing")
    ran = terminal.type("run", "shop.jobs:daily", cwd=tmp_path)
    assert (ran.code, "ModuleNotFoundError: No module named 'no_such_thing'" in ran.err) == (1, True)


@pytest.mark.parametrize("name", ["alone", "all by itself"])
def test_a_flow_is_named_by_its_variable_or_by_its_own_name(terminal: Terminal, name: str) -> None:
    assert terminal.type("run", f"{ALONE}:{name}").code == 0


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("value=3", "3"),
        ('value={"a": [1, null]}', "{'a': [1, None]}"),
        ("value=2026-01-31", "'2026-01-31'"),
        ('value="3"', "'3'"),
        ("value=", "''"),
        ("value=a=b", "'a=b'"),
    ],
)
def test_a_value_is_json_or_else_text(terminal: Terminal, given: str, taken: str) -> None:
    assert terminal.type("run", ALONE, "-p", given).out == f"{taken} '' alone\n"


def test_a_parameter_that_wants_text_gets_text(terminal: Terminal) -> None:
    assert terminal.type("run", ALONE, "-p", "text=007", "-p", "value=1").out == "1 '007' alone\n"
    assert terminal.type("run", ALONE, "-p", "text=12").out == "None '12' alone\n"


def test_a_value_that_the_flow_refuses_ends_in_a_failed_run(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{PIPELINE}:sums", "-p", "n=many")
    assert ran.code == 1
    assert "n: Input should be a valid integer" in ran.err
    assert "Traceback" not in ran.err
    assert state_of_only_run(terminal)[0] == "Failed"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.py"], "There is no file nowhere.py"),
        ([str(SCRIPTS)], "is a folder"),
        ([PIPELINE], "holds 3 flows (report, sums, fails): name the one to run"),
        ([f"{PIPELINE}:nope"], "has no flow nope: it holds report, sums, fails."),
        ([f"{PIPELINE}:task"], "is no flow: decorate the function with @flow"),
        ([f"{PIPELINE}:sums", "-p", "labl=x"], "has no parameter labl: it takes label: str = 'none', n: int = 3."),
        ([f"{PIPELINE}:sums", "--params", "n=1"], "--params is no JSON object (Input data was truncated"),
        (["no_such_module"], "There is no file or module no_such_module in"),
        (["no.such:flow"], "There is no file or module no.such in"),
        (["json"], "json holds no flow"),
        (["json.nothing"], "json has no flow nothing: it holds none."),
        ([f"{PIPELINE}:report"], "needs total: int: add -p total=..."),
        ([f"{PIPELINE}:sums", "-p", "n"], "'n' is no assignment: write -p name=value."),
        ([f"{PIPELINE}:sums", "-p", "n=1", "-p", "n=2"], "The parameter n is given twice."),
        ([f"{SCRIPTS}/plain.py"], "holds no flow: decorate a function with @flow"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence(terminal: Terminal, words: list[str], sentence: str) -> None:
    refused = terminal.type("run", *words)
    assert refused.code == 2
    assert refused.err.startswith("Error: ")
    assert sentence in refused.err
    assert refused.err.count("\n") == 1
    assert terminal.ask("flow-run", "ls", "-o", "json").json == []


def test_a_failure_shows_the_frames_of_the_users_code_alone(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{PIPELINE}:fails")
    assert ran.code == 1
    traceback = ran.err[ran.err.rindex("Traceback (most recent call last):") :]
    files = [line.split('"')[1] for line in traceback.splitlines() if line.startswith("  File ")]
    assert files == [PIPELINE, PIPELINE]
    assert "ZeroDivisionError: division by zero" in traceback


@pytest.mark.parametrize("level", ["INFO", "CRITICAL"])
def test_a_traceback_is_shown_once(terminal: Terminal, level: str) -> None:
    ran = terminal.type("run", f"{ENDS}:raises", HEADRACE_LOGGING_LEVEL=level)
    assert ran.err.count("LookupError: no such station\n") == 1
    says_why = level == "CRITICAL"  # there is no log that does
    assert (
        "The run is Failed: Flow run encountered an exception: LookupError: no such station." in ran.err
    ) == says_why


def test_the_errors_behind_an_error_are_shown_too(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{ENDS}:chained")
    assert "KeyError: 'inner'" in ran.err
    assert "headrace/_engine" not in ran.err
    assert "RuntimeError: outer" in ran.err


def test_a_file_that_raises_is_shown_with_its_traceback(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{SCRIPTS}/broken.py")
    assert ran.code == 1
    assert "importlib" not in ran.err
    assert "LookupError: no such table" in ran.err
    assert ran.err.endswith("broken.py could not be imported: LookupError: no such table\n")


@pytest.mark.parametrize(
    ("flow", "code", "state"),
    [
        ("fails_by_state", 1, "Failed"),
        ("is_cancelled", 4, "Cancelled"),
        ("exits", 7, "Crashed"),
    ],
)
def test_the_exit_code_says_how_the_run_ended(terminal: Terminal, flow: str, code: int, state: str) -> None:
    assert terminal.type("run", f"{ENDS}:{flow}").code == code
    assert state_of_only_run(terminal)[0] == state


@pytest.mark.parametrize("code", ["0", "1", "null"])
def test_a_crash_never_looks_like_another_end(terminal: Terminal, code: str) -> None:
    assert terminal.type("run", f"{ENDS}:exits", "-p", f"code={code}").code == 3


def test_what_a_program_says_as_it_exits_is_shown(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{ENDS}:exits", "-p", "code=out of paper")
    assert ran.code == 3
    assert "\nout of paper\n" in ran.err


@pytest.mark.parametrize("flow", ["waits", "waits_async"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_the_process(
    terminal: Terminal, flow: str, number: signal.Signals, code: int
) -> None:
    with terminal.start("run", f"{WAITS}:{flow}", until="waiting") as run:
        ended = run.end(number)
    assert ended.code == code
    assert "The run is Crashed. Show it: headrace flow-run inspect " in ended.err
    assert state_of_only_run(terminal)[0] == "Crashed"
