"""`headrace store`: backup, check, prune, vacuum and reset of the home's own database."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from headrace._kernel import clock
from tests.cli.terminal import SCRIPTS, Terminal

DAY = 86_400 * 1_000_000
REPORT = f"{SCRIPTS}/pipeline.py:report"


def run(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def database(terminal: Terminal) -> Path:
    """The database of a home with one run."""
    assert terminal.type("run", REPORT, "-p", "total=1").code == 0
    return terminal.home / "headrace.db"


def test_a_backup_is_a_database_that_can_take_its_place(terminal: Terminal, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    made = terminal.ask("store", "backup", str(target))
    assert made.out.startswith(f"Copied {database} to {target} (")
    runs = terminal.ask("flow-run", "ls", "-o", "json").json
    other = Terminal(tmp_path / "other")
    other.home.mkdir()
    target.rename(other.home / "headrace.db")
    assert other.ask("flow-run", "ls", "-o", "json").json == runs
    assert other.type("run", REPORT, "-p", "total=2").code == 0
    assert other.ask("store", "check").code == 0


def test_a_backup_is_of_one_instant_while_a_script_writes(terminal: Terminal, database: Path, tmp_path: Path) -> None:
    with terminal.start("run", f"{SCRIPTS}/writes.py", until="writing") as script:
        for number in range(3):
            assert terminal.ask("store", "backup", str(tmp_path / f"{number}.db")).code == 0
        assert script.process.poll() is None
    for number in range(3):
        checked = terminal.ask("store", "check", HEADRACE_DATABASE_URL=f"sqlite:///{tmp_path}/{number}.db")
        assert (checked.code, checked.out) == (0, f"{tmp_path}/{number}.db is sound.\n")


def test_a_backup_into_a_folder_is_named_by_the_time(terminal: Terminal, database: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert terminal.ask("store", "backup", str(tmp_path / "backups")).code == 0
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.startswith("headrace-20")
    again = terminal.ask("store", "backup", str(copy))
    assert (again.code, again.err) == (2, f"Error: There is a file {copy} already: name one that is not there.\n")


def test_rows_that_contradict_each_other_fail_the_check(terminal: Terminal, database: Path) -> None:
    run(database, "DELETE FROM flows")
    checked = terminal.ask("store", "check")
    assert checked.code == 1
    assert checked.out.startswith("1 flow runs of a flow that is not there, as ")
    assert "report this" in checked.err


def test_a_damaged_page_fails_the_check(terminal: Terminal, database: Path) -> None:
    run(database, "PRAGMA wal_checkpoint(TRUNCATE)")
    with database.open("r+b") as file:
        for page in range(3, database.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 100)
    checked = terminal.ask("store", "check")
    assert checked.code == 1
    assert "damaged" in checked.out + checked.err


def test_old_lines_are_deleted_where_somebody_says_so(terminal: Terminal, database: Path) -> None:
    run(database, f"UPDATE logs SET at = {clock.now() - 10 * DAY}")
    assert terminal.ask("store", "prune").out == "Deleted 0 log lines that were older than 30 days.\n"
    lines = len(terminal.ask("flow-run", "logs", "-o", "json", newest(terminal)).json)
    pruned = terminal.ask("store", "prune", "--older-than", "9")
    assert pruned.out == f"Deleted {lines} log lines that were older than 9 days.\n"
    shown = terminal.ask("flow-run", "logs", newest(terminal))
    assert shown.err.endswith("wrote no log lines.\n")
    refused = terminal.ask("store", "prune", HEADRACE_STORE_LOG_RETENTION_DAYS="0")
    assert (refused.code, "--older-than DAYS" in refused.err) == (2, True)


@pytest.mark.parametrize("words", [["flow-run", "ls"], ["run", REPORT, "-p", "total=2"]])
def test_commands_and_scripts_prune_once_a_day(terminal: Terminal, database: Path, words: list[str]) -> None:
    (old,) = terminal.ask("flow-run", "ls", "-o", "json").json
    run(database, f"UPDATE logs SET at = {clock.now() - 40 * DAY}")
    stamp = Path(f"{database}.pruned")
    terminal.type(*words)
    assert terminal.ask("flow-run", "logs", old["id"]).out  # looked after today already
    os.utime(stamp, (0, 0))
    terminal.type(*words)
    assert terminal.ask("flow-run", "logs", old["id"]).out == ""
    assert clock.now() / 1e6 - stamp.stat().st_mtime < 3600


def test_room_is_given_back(terminal: Terminal, database: Path) -> None:
    assert terminal.type("run", f"{SCRIPTS}/many.py").code == 0
    assert terminal.ask("flow-run", "delete", newest(terminal)).code == 0
    assert terminal.ask("store", "vacuum").out.startswith(f"{database}: ")
    sizes = terminal.ask("store", "vacuum").out
    assert sizes.count("kB") == 2


def test_a_reset_deletes_everything_but_the_settings(terminal: Terminal, database: Path) -> None:
    assert terminal.ask("config", "set", "HEADRACE_LOGGING_LEVEL=DEBUG").code == 0
    unasked = terminal.type("store", "reset")
    assert (unasked.code, "give --yes" in unasked.err) == (2, True)
    done = terminal.ask("store", "reset", "--yes")
    assert done.out.startswith("Deleted 1 flow, 1 flow run, 0 task runs, ")
    assert terminal.ask("flow-run", "ls", "-o", "json").json == []
    assert "DEBUG" in terminal.ask("config", "view").out
    assert terminal.type("run", REPORT, "-p", "total=2").code == 0
    assert terminal.ask("store", "check").code == 0


def test_a_home_that_is_in_use_is_not_reset(terminal: Terminal) -> None:
    with terminal.start("run", f"{SCRIPTS}/waits.py:waits", until="waiting") as script:
        refused = terminal.ask("store", "reset", "-y")
        assert refused.code == 1
        assert (
            refused.err == f"Error: The processes {script.pid} report to this home: end them first, or wait for them.\n"
        )
    assert len(terminal.ask("flow-run", "ls", "-o", "json").json) == 1


EVERY = [["backup", "x.db"], ["check"], ["prune"], ["vacuum"], ["reset", "-y"]]


@pytest.mark.parametrize("words", EVERY, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "There is no database"),
        ({"HEADRACE_API_URL": "http://127.0.0.1:9/api"}, "The store is that of the server at http://127.0.0.1:9/api"),
    ],
    ids=["no database", "over HTTP"],
)
def test_a_store_that_is_not_here_is_told_in_a_sentence(
    terminal: Terminal, words: list[str], variables: dict[str, str], told: str
) -> None:
    refused = terminal.ask("store", *words, **variables)
    assert refused.code in (1, 2)
    assert refused.err.startswith(f"Error: {told}")
    assert not terminal.home.exists()


@pytest.mark.parametrize("words", [EVERY[0], EVERY[3], EVERY[4]], ids=lambda words: words[0])
def test_what_postgresql_does_itself_is_told(terminal: Terminal, words: list[str]) -> None:
    refused = terminal.ask("store", *words, HEADRACE_DATABASE_URL="postgresql://u:secret@127.0.0.1:9/x")
    assert refused.code == 2
    assert refused.err.startswith("Error: The database is one of PostgreSQL: ")
    assert "secret" not in refused.err


def newest(terminal: Terminal) -> str:
    return terminal.ask("flow-run", "ls", "--limit", "1", "-o", "json").json[0]["id"]
