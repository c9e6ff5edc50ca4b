"""`headrace server database`: upgrade, downgrade, reset and stamp, on SQLite and on PostgreSQL."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from headrace.server.store import tables
from headrace.server.store.dialects.postgres import open_postgres
from headrace.server.store.dialects.sqlite import open_sqlite
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.cli.terminal import SCRIPTS, Terminal, serving
from tests.support.databases import DATABASES, empty_database
from tests.support.postgres import postgres_schema
from tests.support.rows import apply, flow_run

SHIPPED = Path(tables.__file__).parent / "schema"
KNOWN = Schema.of("sqlite").latest
NAMES = sorted(file.stem for file in (SHIPPED / "sqlite").iterdir())


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, terminal: Terminal) -> Iterator[str]:
    """The database of this terminal, which holds nothing yet."""
    with empty_database(request.param, terminal.home) as url:
        terminal.environment["HEADRACE_DATABASE_URL"] = url
        yield url


def make_first(url: str, folder: Path) -> None:
    """Makes the database as a Headrace did that knew the first migration alone."""
    kind, _, path = url.partition(":///")
    kind = "sqlite" if kind == "sqlite" else "postgres"
    old = folder / "old"
    old.mkdir()
    shutil.copy(SHIPPED / kind / f"{NAMES[0]}.sql", old)
    schema = Schema(str(old))
    if kind == "sqlite":
        open_sqlite(path, create=True, durable=False, schema=schema).close()
    else:
        open_postgres(url, create=True, durable=False, schema=schema).close()


def set_meta(url: str, **values: int) -> None:
    """Writes into `meta` what a later Headrace would."""
    assigned = ", ".join(f"{name} = {value}" for name, value in values.items())
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute(f"UPDATE meta SET {assigned}")
    else:
        with psycopg.connect(url, autocommit=True) as shared:
            shared.execute(f"UPDATE meta SET {assigned}".encode())


def count_runs(url: str) -> int:
    store = open_store(url, create=False)
    try:
        with store.read() as tx:
            return tx.execute("SELECT count(*) FROM flow_runs")[0][0]
    finally:
        store.close()


def add_run(url: str) -> None:
    store = open_store(url)
    apply(store, flow_run(name="kept"))
    store.close()


def test_an_upgrade_makes_what_is_not_there(terminal: Terminal, url: str) -> None:
    planned = terminal.ask("server", "database", "upgrade", "--dry-run")
    assert planned.out.startswith("It would make ")
    assert planned.out.rstrip().endswith(f": {', '.join(NAMES)}.")
    made = terminal.ask("server", "database", "upgrade", "-y")
    assert (made.code, made.out.endswith(f"has schema {KNOWN}.\n")) == (0, True)
    again = terminal.ask("server", "database", "upgrade", "-y")
    assert again.out.endswith(f"has schema {KNOWN}; there is nothing to do.\n")


def test_an_upgrade_runs_what_is_lacking_beside_a_copy_of_what_was(
    terminal: Terminal, url: str, tmp_path: Path
) -> None:
    make_first(url, tmp_path)
    planned = terminal.ask("server", "database", "upgrade", "--dry-run")
    assert f"from schema 1 to {KNOWN}: {', '.join(NAMES[1:])}." in planned.out
    done = terminal.ask("server", "database", "upgrade", "-y")
    assert done.code == 0
    assert done.out.endswith(f"has schema {KNOWN}.\n")
    copies = list(terminal.home.glob("headrace-schema-1-*.db"))
    assert len(copies) == url.startswith("sqlite")
    for copy in copies:
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT schema_version FROM meta").fetchone() == (1,)
    add_run(url)
    assert count_runs(url) == 1


def test_an_upgrade_is_to_the_newest(terminal: Terminal, url: str) -> None:
    refused = terminal.ask("server", "database", "upgrade", "-y", "-r", "1")
    assert refused.code == 2
    assert f"uses schema {KNOWN}" in refused.err
    assert terminal.ask("server", "database", "upgrade", "-y", "-r", NAMES[-1]).code == 0


def test_a_downgrade_takes_nothing_away(terminal: Terminal, url: str) -> None:
    assert terminal.ask("server", "database", "downgrade", "-y").code == 1
    add_run(url)
    for revision in ("-1", str(KNOWN - 1), NAMES[-2]):
        told = terminal.ask("server", "database", "downgrade", "-y", f"--revision={revision}")
        assert told.code == 0
        assert f"A Headrace that knows schema {KNOWN - 1} can use " in told.out
    set_meta(url, min_writer=KNOWN)
    told = terminal.ask("server", "database", "downgrade", "-y")
    assert told.code == 1
    assert "put the copy in its place" in told.out
    assert terminal.ask("server", "database", "downgrade", "-y", "-r", "base").code == 2
    assert count_runs(url) == 1


def test_a_reset_deletes_everything_and_leaves_a_database_to_go_on_with(terminal: Terminal, url: str) -> None:
    add_run(url)
    unasked = terminal.type("server", "database", "reset")
    assert unasked.code == 2
    assert "give --yes" in unasked.err
    assert count_runs(url) == 1
    done = terminal.ask("server", "database", "reset", "--yes")
    assert (done.code, done.out) == (0, "Deleted 1 flow, 1 flow run, 0 task runs, 0 log lines.\n")
    add_run(url)
    assert count_runs(url) == 1


def test_a_reset_makes_what_is_not_there(terminal: Terminal, url: str) -> None:
    assert terminal.ask("server", "database", "reset", "--yes").out.startswith("Made ")
    assert count_runs(url) == 0


@pytest.mark.parametrize("command", [["reset", "-y"], ["stamp", "head"]])
def test_a_database_that_a_server_uses_is_left_alone(terminal: Terminal, url: str, command: list[str]) -> None:
    add_run(url)
    with serving(terminal):
        refused = terminal.ask("server", "database", *command)
        assert refused.code == 1
        assert "`headrace server stop` ends it" in refused.err
    assert count_runs(url) == 1


@pytest.mark.parametrize("command", [["reset", "-y"], ["stamp", "head"]])
def test_a_database_that_servers_elsewhere_use_is_left_alone(terminal: Terminal, command: list[str]) -> None:
    elsewhere = Terminal(terminal.home.parent / "elsewhere")
    with postgres_schema() as url:
        for each in (terminal, elsewhere):
            each.environment["HEADRACE_DATABASE_URL"] = url
        add_run(url)
        with serving(elsewhere):
            assert elsewhere.ask("server", "status").code == 0
            refused = terminal.type("server", "database", *command)
            assert refused.code == 1
            assert "to the database: end the servers that use it first" in refused.err
        assert count_runs(url) == 1


@pytest.mark.parametrize("command", [["reset", "-y"], ["stamp", "head"]])
def test_a_database_that_scripts_use_is_left_alone(terminal: Terminal, command: list[str]) -> None:
    with terminal.start("run", f"{SCRIPTS}/waits.py:waits", until="waiting") as script:
        refused = terminal.ask("server", "database", *command)
        assert refused.code == 1
        assert f"The processes {script.pid} report to this home" in refused.err


def test_a_stamp_says_what_is_so(terminal: Terminal, url: str) -> None:
    assert "holds nothing yet" in terminal.ask("server", "database", "stamp", "head").err
    add_run(url)
    said = terminal.ask("server", "database", "stamp", "1")
    assert said.out.endswith(f"says now that it has schema 1; it said {KNOWN}.\n"), said.err
    assert terminal.ask("server", "database", "stamp", NAMES[-1]).code == 0
    assert count_runs(url) == 1
    unknown = terminal.ask("server", "database", "stamp", "999")
    assert unknown.code == 1
    assert f"there are {', '.join(NAMES)}" in unknown.err


def test_a_stamp_that_is_too_low_is_told_by_who_opens_it_and_can_be_taken_back(terminal: Terminal, url: str) -> None:
    add_run(url)
    assert terminal.ask("server", "database", "stamp", "1").code == 0
    for _ in range(2):
        refused = terminal.ask("server", "database", "upgrade", "-y")
        assert refused.code == 1
        assert "says that it has schema 1, and 002_" in refused.err
        assert "`headrace server database stamp`" in refused.err
        assert "Traceback" not in refused.err
    assert terminal.ask("server", "database", "stamp", "head").code == 0
    assert count_runs(url) == 1


def test_a_stamp_does_not_make_a_later_schema_ours(terminal: Terminal, url: str) -> None:
    add_run(url)
    set_meta(url, schema_version=900, min_writer=900)
    refused = terminal.ask("server", "database", "stamp", "head")
    assert refused.code == 1
    assert "say it with that release" in refused.err
