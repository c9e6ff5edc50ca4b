"""`flow-run logs --follow`, `flow-run watch` and `flow-run delete`: what goes on beside the command."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.terminal import SCRIPTS, Printed, Started, Terminal

ENDS = f"{SCRIPTS}/ends.py"


@contextmanager
def waiting_run(terminal: Terminal, ends_it: Path) -> Iterator[tuple[Started, str]]:
    """A run that ends once the file is there, and its name."""
    words = ("run", f"{SCRIPTS}/tagged.py:waits_for_file", "-p", f"path={ends_it}")
    with terminal.start(*words, until="begun") as script:
        (run,) = terminal.ask("flow-run", "ls", "-o", "json").json
        yield script, run["name"]


def ended(started: Started) -> Printed:
    out, err = started.process.communicate(timeout=60)
    return Printed(started.process.returncode, out, err)


def test_lines_are_followed_until_the_run_has_ended(door: Terminal, tmp_path: Path) -> None:
    ends_it = tmp_path / "end"
    with (
        waiting_run(door, ends_it) as (_, name),
        door.start("flow-run", "logs", name, "--follow", until="first line") as following,
    ):
        ends_it.touch()
        told = ended(following)
    assert told.code == 0
    lines = [line.partition(" - ")[2] for line in told.out.splitlines()]
    assert lines == ["last line", "Finished in state Completed()"]


def test_following_a_run_that_has_ended_shows_its_log(reader: Terminal) -> None:
    run = reader.ask("flow-run", "ls", "--flow-name", "sums", "-o", "json").json[0]["id"]
    everything = reader.ask("flow-run", "logs", run).out
    assert reader.ask("flow-run", "logs", run, "--follow").out == everything
    last = reader.ask("flow-run", "logs", run, "--follow", "--tail", "-n", "2").out
    assert last.splitlines() == everything.splitlines()[-2:]
    as_json = reader.ask("flow-run", "logs", run, "--follow", "-o", "json").out.splitlines()
    assert len(as_json) == len(everything.splitlines())


def test_following_and_choosing_a_part_exclude_each_other(terminal: Terminal) -> None:
    refused = terminal.ask("flow-run", "logs", "x", "--follow", "--head")
    assert (refused.code, "--head and --reverse do not" in refused.err) == (2, True)


def test_a_run_is_watched_until_it_has_ended(door: Terminal, tmp_path: Path) -> None:
    ends_it = tmp_path / "end"
    with waiting_run(door, ends_it) as (_, name), door.start("flow-run", "watch", name, until="Running") as watching:
        ends_it.touch()
        told = ended(watching)
    assert told.code == 0
    assert re.search(r"^\d{4}-\S+ \S+  Completed", told.out, re.MULTILINE)


@pytest.mark.parametrize(("flow", "code"), [("fails_by_state", 1), ("exits", 3), ("is_cancelled", 4)])
def test_watching_ends_as_the_run_did(terminal: Terminal, flow: str, code: int) -> None:
    terminal.type("run", f"{ENDS}:{flow}")
    (run,) = terminal.ask("flow-run", "ls", "-o", "json").json
    assert terminal.ask("flow-run", "watch", run["name"]).code == code


def test_a_run_that_is_killed_is_seen_to_end(terminal: Terminal, tmp_path: Path) -> None:
    with (
        waiting_run(terminal, tmp_path / "end") as (script, name),
        terminal.start("flow-run", "watch", name, until="Running") as watching,
    ):
        script.end(signal.SIGKILL)
        told = ended(watching)
    assert told.code == 3
    assert "  Crashed " in told.out


def test_watching_ends_when_its_time_is_up(terminal: Terminal, tmp_path: Path) -> None:
    with waiting_run(terminal, tmp_path / "end") as (_, name):
        told = terminal.ask("flow-run", "watch", name, "--timeout", "0")
        assert told.code == 124
        assert told.err == f"Error: The flow run {name!r} had not ended after 0 s; it goes on.\n"


def test_who_stops_watching_is_told_that_the_run_goes_on(terminal: Terminal, tmp_path: Path) -> None:
    with waiting_run(terminal, tmp_path / "end") as (script, name):
        with terminal.start("flow-run", "watch", name, until="Running") as watching:
            told = watching.end(signal.SIGINT)
        assert (told.code, told.err) == (130, "\nThe run goes on.\n")
        assert script.process.poll() is None


def test_a_run_is_deleted_with_all_that_belongs_to_it(door: Terminal) -> None:
    ran = door.type("run", f"{SCRIPTS}/pipeline.py:sums")
    assert ran.code == 0
    deleted = door.ask("flow-run", "delete", ran.run_id[:23])
    assert deleted.code == 0
    assert re.fullmatch(rf"Deleted the flow run '\S+' \({ran.run_id}\)\.\n", deleted.out)
    assert door.ask("flow-run", "inspect", ran.run_id).code == 1
    assert door.ask("task-run", "ls", "-o", "json").json == []
    again = door.ask("flow-run", "delete", ran.run_id)
    assert (again.code, "There is no flow run" in again.err) == (1, True)


def test_several_runs_are_deleted_only_where_each_is_found(terminal: Terminal) -> None:
    ran = terminal.type("run", f"{SCRIPTS}/pipeline.py:report", "-p", "total=1")
    assert terminal.ask("flow-run", "delete", ran.run_id, "nobody").code == 1
    assert terminal.ask("flow-run", "inspect", ran.run_id).code == 0
