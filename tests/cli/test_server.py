"""`headrace server start`, and the commands against the server that it starts."""

import signal
import socket

import pytest

from tests.cli.terminal import SCRIPTS, Terminal, serving


def test_a_script_and_commands_elsewhere_share_what_a_server_holds(terminal: Terminal) -> None:
    elsewhere = Terminal(terminal.home.parent / "elsewhere")
    with serving(terminal) as (_, url):
        ran = elsewhere.type("run", f"{SCRIPTS}/pipeline.py:sums", HEADRACE_API_URL=url)
        assert ran.code == 0
        listed = elsewhere.ask("flow-run", "ls", HEADRACE_API_URL=url)
        assert [line.split()[1] for line in listed.out.splitlines()] == ["Flow", "report", "sums"]
        cut = ran.run_id[:18]
        shown = elsewhere.ask("flow-run", "inspect", cut, "-o", "json", HEADRACE_API_URL=url).json
        assert shown["id"] == ran.run_id
        logs = elsewhere.ask("flow-run", "logs", shown["name"], HEADRACE_API_URL=url)
        assert logs.out.endswith("Finished in state Completed()\n")
        told = elsewhere.ask("doctor", HEADRACE_API_URL=url)
        assert told.code == 0
        assert f"ok    api          {url} (version " in told.out
    assert not (elsewhere.home / "headrace.db").exists()
    assert len(terminal.ask("flow-run", "ls", "-o", "json").json) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_in_order_when_it_is_told_to(terminal: Terminal, number: signal.Signals) -> None:
    with serving(terminal) as (server, _):
        ended = server.end(number)
    assert (ended.code, ended.err) == (0, "")


def test_an_address_that_is_taken_is_told_in_a_sentence(terminal: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = terminal.type("server", "start", "--port", port)
    assert refused.code == 1
    assert refused.err.startswith(f"Error: The server cannot listen on 127.0.0.1:{port}")


def test_a_server_that_other_machines_reach_must_be_meant(terminal: Terminal) -> None:
    refused = terminal.type("server", "start", "--host", "0.0.0.0", "--port", "0")
    assert refused.code == 1
    assert "--allow-remote" in refused.err


def test_a_server_that_is_away_is_told_in_a_sentence(terminal: Terminal) -> None:
    refused = terminal.ask("flow-run", "ls", HEADRACE_API_URL="http://127.0.0.1:9/api")
    assert refused.code == 1
    assert refused.err.startswith("Error: The API at http://127.0.0.1:9/api does not answer")
    assert refused.err.count("\n") == 1
