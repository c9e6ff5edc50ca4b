"""A home that cannot be written, and a database that is damaged or newer: a clear message, and nothing is destroyed.

The user's own result is returned, and what could be kept is stored once the cause is gone.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.processes import Ended, Home, await_until
from tests.faults.stored import assert_recovered, flow_runs, read_meta, write_meta
from tests.faults.volumes import read_only


def assert_result_returned(ended: Ended) -> None:
    assert (ended.code, ended.out) == (0, "result 5\n"), ended.err[-4_000:]
    assert "Traceback" not in ended.err.replace("LookupError", "", 0) or "LookupError" in ended.err
    assert "Logging error" not in ended.err
    assert "Exception in thread" not in ended.err


def complaints(ended: Ended) -> str:
    return "\n".join(line for line in ended.err.splitlines() if line.startswith("headrace:"))


def test_a_file_in_the_place_of_the_home_is_said(home: Home) -> None:
    home.path.write_text("a file of the user's")
    ended = home.run("one_flow.py")
    assert_result_returned(ended)
    assert str(home.path) in complaints(ended)
    assert "HEADRACE_HOME" in complaints(ended)
    assert home.path.read_text() == "a file of the user's"


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "used"])
def test_a_home_that_nobody_can_write_is_said(home: Home, is_new: bool) -> None:
    home.path.mkdir()
    if not is_new:
        assert home.run("one_flow.py").code == 0
    with read_only(home.path):
        ended = home.run("one_flow.py")
        assert_result_returned(ended)
        assert str(home.path) in complaints(ended)
        assert "written" in complaints(ended)
    assert home.run("one_flow.py").code == 0
    assert [run.state for run in flow_runs(home)] == ["Completed"] * (1 if is_new else 2)


def test_a_home_whose_permissions_forbid_to_write_is_said(home: Home) -> None:
    assert home.run("one_flow.py").code == 0
    for path in (home.path / "journals", home.path, home.database):
        path.chmod(0o555 if path.is_dir() else 0o444)
    ended = home.start("one_flow.py", prefix=bound_by_permissions()).end()
    assert_result_returned(ended)
    assert str(home.path) in complaints(ended)
    assert "Permission denied" in complaints(ended)
    for path in (home.path, home.path / "journals", home.database):
        path.chmod(0o755)
    home.recover().was_silent()
    assert [run.state for run in flow_runs(home)] == ["Completed"]


def bound_by_permissions() -> list[str]:
    """A command that runs another one without root's right to write everything."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root is bound by no permissions, and there is no setpriv")
    return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


def all_garbage(database: Path) -> None:
    database.write_bytes(os.urandom(200_000))


def garbage_at_the_start(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(os.urandom(4096))


def cut_short(database: Path) -> None:
    os.truncate(database, 5000)


def another_programs(database: Path) -> None:
    database.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.execute("INSERT INTO recipes VALUES ('pancakes')")
        connection.commit()


DAMAGE = [all_garbage, garbage_at_the_start, cut_short, another_programs]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_damaged_database_is_left_as_it_is_and_journals_wait(
    home: Home, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    assert home.run("one_flow.py").code == 0
    shutil.copy(home.database, tmp_path / "backup.db")
    damage(home.database)
    damaged = home.database.read_bytes()

    ended = home.run("one_flow.py")
    assert_result_returned(ended)
    assert str(home.database) in complaints(ended)
    assert "left as it is" in complaints(ended) or "left as it was" in complaints(ended)
    assert "are kept in" in complaints(ended)
    assert home.recover().code != 0
    assert home.database.read_bytes() == damaged
    assert len(home.journals()) == 1

    shutil.move(tmp_path / "backup.db", home.database)
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Completed"] * 2


@pytest.mark.parametrize("raised", [("min_writer",), ("min_reader", "min_writer")], ids=["to-write", "to-read"])
def test_a_newer_database_is_not_written_and_journals_wait(home: Home, raised: tuple[str, ...]) -> None:
    assert home.run("one_flow.py").code == 0
    before = read_meta(home)
    write_meta(home, **dict.fromkeys(raised, 999))

    ended = home.run("one_flow.py")
    assert_result_returned(ended)
    assert "later Headrace" in complaints(ended)
    assert "Upgrade" in complaints(ended)
    assert "are kept in" in complaints(ended)
    assert len(home.journals()) == 1
    assert [run.state for run in flow_runs(home)] == ["Completed"]

    write_meta(home, **before)
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Completed"] * 2


def test_a_database_that_becomes_newer_while_a_script_runs_gets_nothing_more(home: Home) -> None:
    script = home.start("outlasts.py", "20", "20", "0")
    await_until(lambda: home.told("half"), "the first half")
    before = read_meta(home)
    write_meta(home, min_writer=999)
    home.tell("go")
    ended = script.end()
    assert (ended.code, ended.out) == (0, "result 40\n")
    assert "later Headrace" in complaints(ended)
    assert "are kept in" in complaints(ended)
    write_meta(home, **before)
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Completed"]


def test_a_home_that_is_removed_while_a_script_runs_stops_no_run(home: Home) -> None:
    script = home.start("outlasts.py", "20", "20", "0")
    await_until(lambda: home.told("half"), "the first half")
    shutil.rmtree(home.path)
    home.tell("go")
    ended = script.end()
    assert (ended.code, ended.out) == (0, "result 40\n"), ended.err[-4_000:]
    assert "Logging error" not in ended.err
