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


def test_the_home_of_the_server_that_has_an_address_is_told(terminal: Terminal) -> None:
    elsewhere = Terminal(terminal.home.parent / "elsewhere")
    with serving(terminal) as (_, url):
        port = url.removesuffix("/api").rpartition(":")[2]
        refused = elsewhere.type("server", "start", "--port", port)
    assert refused.code == 1
    assert f"The Headrace server of the home {terminal.home} is there already." in refused.err


def test_a_server_that_other_machines_reach_must_be_meant(terminal: Terminal) -> None:
    refused = terminal.type("server", "start", "--host", "0.0.0.0", "--port", "0")
    assert refused.code == 1
    assert "--allow-remote" in refused.err


@pytest.mark.parametrize(
    ("variables", "profile", "told"),
    [
        ({"PREFECT_API_URL": "http://127.0.0.1:9/api"}, "", "PREFECT_API_URL names it: "),
        ({"PREFECT_API_URL": "http://127.0.0.1:9/api"}, "", ", or `unset PREFECT_API_URL` to use the store in this"),
        ({}, "http://127.0.0.1:9/api", "HEADRACE_API_URL in profile 'away' names it: "),
        ({}, "http://127.0.0.1:9/api", ", or say `headrace profile use ephemeral` to use the store in this home."),
    ],
)
def test_what_names_a_server_that_is_away_is_told(
    terminal: Terminal, variables: dict[str, str], profile: str, told: str
) -> None:
    terminal.home.mkdir()
    if profile:
        content = f'active = "away"\n[profiles.away]\nHEADRACE_API_URL = "{profile}"\n'
        (terminal.home / "profiles.toml").write_text(content)
    assert told in terminal.ask("flow-run", "ls", **variables).err
    assert terminal.ask("flow-run", "ls", **variables, HEADRACE_API_URL="").err.startswith("No flow runs yet.")


def test_a_server_that_is_away_is_told_in_a_sentence(terminal: Terminal) -> None:
    refused = terminal.ask("flow-run", "ls", HEADRACE_API_URL="http://127.0.0.1:9/api")
    assert refused.code == 1
    assert refused.err.startswith("Error: The API at http://127.0.0.1:9/api does not answer")
    assert refused.err.count("\n") == 1
