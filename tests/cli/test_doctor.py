"""`headrace doctor` and `headrace version`: what is told of an environment that is well, and of one that is not."""

import platform
import sqlite3
from contextlib import closing

import pytest

from headrace import __version__
from headrace._kernel import clock
from headrace._kernel.ids import new_id
from headrace._stream import Batch, JournalIdentity, Series
from headrace.journal.positions import at
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from headrace.server.usecases.ingest import ingest
from tests.cli.terminal import SCRIPTS, Terminal


def found(terminal: Terminal, **environment: str) -> dict[str, dict[str, str]]:
    """The doctor's checks by name."""
    told = terminal.ask("doctor", "-o", "json", **environment)
    return {check["name"]: check for check in told.json["checks"]}


def test_a_home_with_runs_is_well(lived_in: Terminal) -> None:
    told = lived_in.type("doctor")
    assert told.code == 0
    assert "\nAll is well.\n" in told.out
    checks = found(lived_in)
    assert list(checks) == [
        "headrace", "python", "settings", "profile", "home", "file system", "disk", "store", "room", "journals",
    ]  # fmt: skip
    assert {check["status"] for check in checks.values()} == {"ok"}
    of_store = f"(schema {Schema.of('sqlite').latest}, SQLite {sqlite3.sqlite_version}"
    assert f"{lived_in.home}/headrace.db {of_store}" in checks["store"]["finding"]


def test_a_home_that_is_not_there_yet_is_well_and_stays_so(terminal: Terminal) -> None:
    checks = found(terminal)
    assert {check["status"] for check in checks.values()} == {"ok"}
    assert checks["home"]["finding"].endswith("(the first run makes it)")
    assert not terminal.home.exists()


def test_each_setting_says_where_it_comes_from(terminal: Terminal) -> None:
    told = terminal.ask("doctor", "-o", "json", HEADRACE_LOGGING_LEVEL="debug", PREFECT_SERVER_API_PORT="4300")
    settings = {setting["variable"]: setting for setting in told.json["settings"]}
    assert settings["HEADRACE_LOGGING_LEVEL"] == {
        "variable": "HEADRACE_LOGGING_LEVEL", "value": "DEBUG", "set_by": "HEADRACE_LOGGING_LEVEL",
    }  # fmt: skip
    assert settings["HEADRACE_SERVER_API_PORT"]["value"] == 4300
    assert settings["HEADRACE_SERVER_API_PORT"]["set_by"] == "PREFECT_SERVER_API_PORT"
    assert settings["HEADRACE_JOURNAL_DURABILITY"]["set_by"] is None


def test_settings_that_nobody_has_set_are_shown_where_asked_for(terminal: Terminal) -> None:
    told = terminal.ask("doctor", HEADRACE_LOGGING_LEVEL="debug").out
    assert "HEADRACE_LOGGING_LEVEL  DEBUG " in told
    assert "HEADRACE_JOURNAL_DURABILITY" not in told
    assert told.endswith(" other settings have their defaults: headrace doctor --all shows them.\n")
    told = terminal.ask("doctor", "--all").out
    assert "HEADRACE_JOURNAL_DURABILITY" in told
    assert "--all" not in told


def test_the_profile_says_where_runs_go(terminal: Terminal) -> None:
    assert found(terminal)["profile"]["finding"] == "ephemeral; runs are stored in the home"
    away = found(terminal, HEADRACE_API_URL="http://user:secret@127.0.0.1:9/api")["profile"]["finding"]
    assert away == "ephemeral; runs go to http://user:***@127.0.0.1:9/api"


def test_a_variable_that_is_no_setting_is_told_with_the_one_that_may_be_meant(terminal: Terminal) -> None:
    told = terminal.ask("doctor", HEADRACE_API_ULR="http://127.0.0.1:4200/api")
    assert told.code == 0
    assert "HEADRACE_API_ULR has no effect; did you mean HEADRACE_API_URL?" in told.out


def test_a_setting_that_cannot_be_used_fails(terminal: Terminal) -> None:
    told = terminal.ask("doctor", HEADRACE_SERVER_API_PORT="many")
    assert told.code == 1
    assert "fail  settings  The setting HEADRACE_SERVER_API_PORT is 'many', which cannot be used" in told.out
    refused = terminal.ask("flow-run", "ls", HEADRACE_SERVER_API_PORT="many")
    assert refused.code == 1
    assert refused.err.startswith("Error: The setting HEADRACE_SERVER_API_PORT is 'many'")


def test_a_server_that_is_away_fails(terminal: Terminal) -> None:
    url = "http://user:secret@127.0.0.1:9/api"
    told = terminal.ask("doctor", HEADRACE_API_URL=url)
    assert told.code == 1
    assert "fail  api          http://user:***@127.0.0.1:9/api does not answer" in told.out
    assert "secret" not in told.out


def test_a_file_that_is_no_database_fails(terminal: Terminal) -> None:
    terminal.home.mkdir()
    (terminal.home / "headrace.db").write_text("Dear diary, " * 1000)
    told = terminal.ask("doctor")
    assert told.code == 1
    assert f"fail  store        {terminal.home}/headrace.db cannot be used" in told.out
    assert (terminal.home / "headrace.db").read_text().startswith("Dear diary")
    refused = terminal.ask("flow-run", "ls")
    assert refused.code == 1
    assert refused.err.startswith("Error: ")
    assert refused.err.count("\n") == 1


def test_a_database_with_a_damaged_page_fails(terminal: Terminal) -> None:
    assert terminal.type("run", f"{SCRIPTS}/many.py").code == 0
    database = terminal.home / "headrace.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = database.stat().st_size // 4096
    with database.open("r+b") as file:
        for page in range(3, pages):
            file.seek(page * 4096)
            file.write(b"\xff" * 100)
    check = found(terminal)["store"]
    assert check["status"] == "fail"
    assert str(database) in check["finding"] + check["advice"]


def test_a_home_that_is_a_file_fails(terminal: Terminal) -> None:
    terminal.home.write_text("")
    assert found(terminal)["home"]["status"] == "fail"
    for words in (["flow-run", "ls"], ["journal", "ls"]):
        refused = terminal.ask(*words)
        assert refused.code == 1
        assert refused.err.startswith("Error: ")
        assert str(terminal.home) in refused.err


@pytest.mark.parametrize("form", [[], ["-o", "json"]])
def test_versions_are_told(terminal: Terminal, form: list[str]) -> None:
    printed = terminal.ask("version", *form)
    assert printed.code == 0
    assert __version__ in printed.out
    assert platform.python_version() in printed.out
    assert "pydantic" in printed.out


def test_versions_as_json(terminal: Terminal) -> None:
    told = terminal.ask("version", "-o", "json", HEADRACE_API_URL="http://u:secret@h/api").json
    assert told["version"] == __version__
    assert told["server_type"] == "server"
    assert told["api_url"] == "http://u:***@h/api"
    assert told["packages"]["msgspec"]


def test_records_that_the_store_can_never_take_are_told_with_the_reason(terminal: Terminal) -> None:
    store = open_store(f"sqlite:///{terminal.home / 'headrace.db'}")
    identity = JournalIdentity(new_id(), store.store_id, "here", "boot", 1, clock.now())
    unreadable = Series(at(1, 0), at(1, 20), (at(1, 0),), (b"\xc1 no record",))
    ingest(store, Batch(identity, unreadable, Series(at(1, 0), at(1, 0))), now=clock.now())
    store.close()
    check = found(terminal)["store"]
    assert check["status"] == "warn"
    assert "1 record of runs could not be stored: This Headrace cannot read the record" in check["finding"]
