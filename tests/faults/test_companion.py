"""A script that reports to a server and is killed is Crashed there within seconds, though nobody comes to its home."""

import json
import os
import signal
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.processes import Home, Script, await_until
from tests.faults.servers import Server
from tests.support.companions import await_companion, companions

SECONDS = 60.0  # on a busy machine; on a free one it takes half a second


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """A server that cannot see the home of the scripts."""
    elsewhere = Home(tmp_path / "elsewhere")
    server = Server(elsewhere)
    server.start()
    monkeypatch.setenv("HEADRACE_API_URL", server.url)
    monkeypatch.setenv("HEADRACE_API_STARTUP_TOLERANCE_SECONDS", "60")
    yield server
    elsewhere.end_all()


def flow_runs(server: Server) -> list[Any]:
    headers = {"content-type": "application/json", "x-prefect-api-version": "0.8.4"}
    request = urllib.request.Request(f"{server.url}/flow_runs/filter", b"{}", headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def states(server: Server) -> list[str]:
    return [run["state_name"] for run in flow_runs(server)]


def waiting(home: Home, server: Server, *arguments: str) -> Script:
    """A script in the middle of a flow, with a companion."""
    script = home.start("waits.py", *arguments)
    await_until(lambda: home.told("begun") or not script.is_running, "the flow to be under way")
    assert script.is_running, script.wrote()
    await_companion(home.path, script.process.pid)
    assert states(server) == ["Running"]
    return script


def assert_concluded(home: Home, server: Server, pid: int) -> None:
    await_until(lambda: states(server) == ["Crashed"], "the run to be Crashed", SECONDS)
    (run,) = flow_runs(server)
    assert f"The process {pid} on" in run["state"]["message"]
    await_until(lambda: not companions(home.path), "the companion to end")
    assert home.journals() == []


def test_a_killed_script_is_crashed_at_the_server(home: Home, server: Server) -> None:
    script = waiting(home, server)
    script.kill()
    script.end()
    assert_concluded(home, server, script.process.pid)


def test_what_ends_a_group_of_processes_does_not_end_the_companion(home: Home, server: Server) -> None:
    script = waiting(home, server)
    (companion,) = companions(home.path)
    assert os.getsid(companion) != os.getsid(script.process.pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(companion, number)
    script.kill()
    script.end()
    assert_concluded(home, server, script.process.pid)


def test_a_child_that_lives_on_does_not_hide_the_death(home: Home, server: Server) -> None:
    script = waiting(home, server, "forks")
    script.kill()
    script.end()
    assert_concluded(home, server, script.process.pid)
    home.tell("go")


def test_a_companion_is_nobodys_child_and_ends_with_its_script(home: Home, server: Server) -> None:
    script = waiting(home, server, "has_no_children")
    home.tell("go")
    ended = script.end()
    assert (ended.code, ended.out) == (0, "no children\n"), ended.err
    assert states(server) == ["Completed"]
    await_until(lambda: not companions(home.path), "the companion to end")


def test_a_server_that_is_away_at_the_death_is_waited_for(home: Home, server: Server) -> None:
    script = waiting(home, server)
    server.kill()
    script.kill()
    script.end()
    server.start()
    assert_concluded(home, server, script.process.pid)
