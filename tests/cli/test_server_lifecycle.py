"""`headrace server start --background`, `stop` and `status`, and what dead servers leave behind them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from headrace.cli.running.server_record import ServerRecord, recorded
from headrace.journal.hosts import boot_id, host_name
from tests.cli.terminal import SCRIPTS, Terminal, serving


@contextmanager
def in_background(terminal: Terminal, *options: str, **environment: str) -> Iterator[ServerRecord]:
    """A server in the background, ended with the block."""
    started = terminal.type("server", "start", "--background", "--port", "0", *options, **environment)
    assert started.code == 0, started.err
    record = recorded(terminal.home)
    assert record is not None
    try:
        assert f"{record.url}/api, in the background (process {record.pid})" in started.out
        yield record
    finally:
        terminal.type("server", "stop", **environment)


def leave_record(home: Path, **changes: object) -> ServerRecord:
    """What a server left that was killed."""
    home.mkdir(exist_ok=True)
    (home / "server.lock").touch()
    record = ServerRecord(os.getpid(), host_name(), boot_id(), 0, "http://127.0.0.1:9", "0.1.0", "sqlite:///x")
    record = msgspec.structs.replace(record, **changes)
    (home / "server.json").write_bytes(msgspec.json.encode(record))
    return record


def test_a_server_in_the_background_is_shown_and_stopped(terminal: Terminal) -> None:
    with in_background(terminal) as record:
        shown = terminal.ask("server", "status")
        assert shown.code == 0
        assert f"{record.url}/api" in shown.out
        assert str(terminal.home / "headrace.db") in shown.out
        told = terminal.ask("server", "status", "-o", "json").json
        assert told["status"] == "available"
        assert (told["pid"], told["api_url"]) == (record.pid, f"{record.url}/api")
        assert "headrace" in told["server_version"]
        assert told["uptime_seconds"] >= 0
        stopped = terminal.type("server", "stop")
        assert (stopped.code, stopped.out) == (
            0,
            f"The server at {record.url} (process {record.pid}) has ended.\n",
        )
        assert recorded(terminal.home) is None
        assert terminal.ask("server", "status").code == 1
    assert not (terminal.home / "headrace.db-wal").exists()


def test_a_home_without_a_server_says_so(terminal: Terminal) -> None:
    shown = terminal.ask("server", "status")
    assert shown.code == 1
    assert f"The home {terminal.home} has no server: `headrace server start` starts one." in shown.out
    stopped = terminal.ask("server", "stop")
    assert (stopped.code, stopped.out) == (0, f"The home {terminal.home} has no server.\n")
    assert terminal.ask("server", "status", "-o", "json").json["status"] == "unavailable"


def test_a_home_has_one_server(terminal: Terminal) -> None:
    with serving(terminal) as (server, url):
        for option in ("--no-background", "--background"):
            refused = terminal.type("server", "start", "--port", "0", option)
            assert refused.code == 1
            assert f"has a server already, at {url.removesuffix('/api')} (process {server.pid} of " in refused.err
        assert terminal.type("server", "stop").code == 0
        assert server.process.wait(20) == 0


def test_why_a_server_in_the_background_did_not_start_is_told(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = terminal.type("server", "start", "-b", "--port", port)
    assert refused.code == 1
    assert refused.err.startswith(f"Error: The server cannot listen on 127.0.0.1:{port}")
    assert terminal.ask("server", "status").code == 1


def test_a_server_that_was_killed_is_not_taken_for_one_that_runs(terminal: Terminal) -> None:
    with serving(terminal) as (server, _):
        server.end(signal.SIGKILL)
    assert recorded(terminal.home) is not None
    assert terminal.ask("server", "status").code == 1
    assert terminal.ask("server", "stop").out == f"The home {terminal.home} has no server.\n"
    with in_background(terminal):
        assert terminal.ask("server", "status").code == 0


@pytest.mark.parametrize(
    "changes",
    [
        {},  # the process id was given to another program: this one
        {"pid": 2**22 - 1},
        {"host": "elsewhere"},
        {"boot_id": "another start of the machine"},
    ],
)
def test_what_a_dead_server_left_ends_no_other_process(terminal: Terminal, changes: dict[str, object]) -> None:
    leave_record(terminal.home, **changes)
    assert terminal.type("server", "stop").out == f"The home {terminal.home} has no server.\n"
    assert terminal.type("server", "status").code == 1


def test_a_file_that_is_no_record_is_none(terminal: Terminal) -> None:
    leave_record(terminal.home)
    (terminal.home / "server.json").write_text('{"pid":')
    assert terminal.ask("server", "status").code == 1
    with in_background(terminal):
        assert terminal.ask("server", "status").code == 0


def test_a_server_of_another_machine_is_ended_there(terminal: Terminal) -> None:
    with serving(terminal) as (server, _):
        record = recorded(terminal.home)
        assert record is not None
        leave_record(terminal.home, pid=1, host="elsewhere", url=record.url)
        refused = terminal.type("server", "stop")
        assert refused.code == 1
        assert "process 1 of another machine or container, elsewhere: end it" in refused.err
        assert server.process.poll() is None


def test_status_waits_until_a_server_answers(terminal: Terminal) -> None:
    late = terminal.type("server", "status", "--wait", "--timeout", "1")
    assert late.code == 124
    assert late.err.startswith("Error: No server has answered within 1 s.")
    command = [sys.executable, "-m", "headrace", "server", "status", "--wait"]
    with (
        subprocess.Popen(command, env=terminal.environment_of_process(), stdout=subprocess.DEVNULL) as waiting,
        in_background(terminal),
    ):
        assert waiting.wait(60) == 0


def test_status_of_a_server_elsewhere_is_that_of_its_url(terminal: Terminal) -> None:
    elsewhere = Terminal(terminal.home.parent / "elsewhere")
    with serving(terminal) as (_, url):
        shown = elsewhere.ask("server", "status", "-o", "json", HEADRACE_API_URL=url)
        assert shown.code == 0
        assert set(shown.json) == {"status", "api_url", "server_version"}
    away = elsewhere.ask("server", "status", HEADRACE_API_URL=url)
    assert away.code == 1
    assert "does not answer" in away.out


def test_a_server_with_a_password_tells_its_status(terminal: Terminal) -> None:
    with in_background(terminal, HEADRACE_SERVER_API_AUTH_STRING="ada:lovelace") as record:
        assert "lovelace" not in (terminal.home / "server.json").read_text()
        told = terminal.ask("server", "status", "-o", "json")
        assert told.code == 0
        assert "server_version" not in told.json
        told = terminal.ask("server", "status", "-o", "json", HEADRACE_API_AUTH_STRING="ada:lovelace")
        assert "headrace" in told.json["server_version"]
        assert told.json["pid"] == record.pid


def test_a_server_says_more_of_itself_where_it_is_asked_to(terminal: Terminal) -> None:
    with in_background(terminal, "--log-level", "info", "--no-services") as record:
        assert terminal.ask("server", "status").code == 0
    said = (terminal.home / "server.log").read_text()
    assert "GET /api/health" in said, record


def test_one_process_is_all_that_a_server_is(terminal: Terminal) -> None:
    refused = terminal.ask("server", "start", "--workers", "2")
    assert refused.code == 2
    assert "--workers is 1 at most" in refused.err


def test_scripts_and_commands_get_by_a_server_that_asks_for_tokens(terminal: Terminal) -> None:
    elsewhere = Terminal(terminal.home.parent / "elsewhere")
    with in_background(terminal, PREFECT_SERVER_CSRF_PROTECTION_ENABLED="true") as record:
        there = {"HEADRACE_API_URL": f"{record.url}/api"}
        assert httpx.post(f"{record.url}/api/flows/filter", json={}).json() == {"detail": "Missing CSRF token."}
        ran = elsewhere.type("run", f"{SCRIPTS}/pipeline.py:sums", **there)
        assert ran.code == 0, ran.err
        assert elsewhere.ask("flow-run", "inspect", ran.run_id, **there).code == 0
        assert elsewhere.ask("flow-run", "delete", ran.run_id, "-y", **there).code == 0


def test_a_server_on_the_loopback_is_called_by_no_name_that_was_not_given_to_it(terminal: Terminal) -> None:
    with in_background(terminal, HEADRACE_SERVER_API_ALLOWED_HOSTS="pipelines.lan") as record:
        for host, status in (("evil.example", 403), ("pipelines.lan", 200), (None, 200)):
            headers = {"host": host} if host else {}
            assert httpx.post(f"{record.url}/api/flows/filter", json={}, headers=headers).status_code == status
