"""Recovery as users meet it: by a command, by a server on the same home, and of scripts that report to a server."""

import json
import signal
import socket
from urllib.request import urlopen

import pytest

from tests.faults.processes import Home, Script, await_until
from tests.faults.stored import assert_recovered, flow_runs, read_seen
from tests.support.companions import kill_companion


@pytest.fixture
def port() -> int:
    """One on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started_server(home: Home, port: int, crash_point: str = "") -> Script:
    """A server that answers."""
    server = home.command("server", "start", "--port", str(port), crash_point=crash_point)
    await_until(lambda: answers(port) or not server.is_running, "the server to answer")
    assert server.is_running, server.wrote()
    return server


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def ended_in_order(server: Script) -> None:
    server.send(signal.SIGTERM)
    assert server.end().code == 0, server.wrote()[-4_000:]


def told_json(home: Home, *words: str) -> list[dict[str, object]]:
    ended = home.command(*words, "--output", "json").end()
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_a_command_shows_what_a_dead_script_left_and_finishes_it(home: Home) -> None:
    home.tell("go")
    assert home.run("outlasts.py", "20", "20", "0", crash_point="journal.append.after:120").code == -signal.SIGKILL
    (journal,) = told_json(home, "journal", "ls")
    assert journal["status"] == "orphan"
    assert len(home.journals()) == 1
    (run,) = told_json(home, "flow-run", "ls")
    assert run["state_name"] == "Crashed"
    assert home.journals() == []
    assert told_json(home, "journal", "ls") == []
    assert_recovered(home)


def test_a_server_finishes_the_scripts_that_die_on_its_home(home: Home, port: int) -> None:
    server = started_server(home, port)
    scripts = [home.start("endless.py") for _ in range(2)]
    await_until(lambda: home.lines() > 300, "the scripts to report")
    for script in scripts:
        script.kill()
        script.end()
    await_until(lambda: home.journals() == [], "the server to find the dead")
    assert {run.state for run in flow_runs(home)} <= {"Completed", "Failed", "Crashed"}
    ended_in_order(server)
    assert_recovered(home)


def test_a_server_that_is_killed_and_started_again_costs_a_script_nothing(home: Home, port: int) -> None:
    server = started_server(home, port)
    over_http = {"HEADRACE_API_URL": f"http://127.0.0.1:{port}/api"}
    script = home.start("outlasts.py", "200", "200", "0", environment=over_http)
    await_until(lambda: home.told("half"), "the first half")
    server.kill()
    server.end()
    home.tell("go")
    await_until(lambda: home.told("whole") or not script.is_running, "the second half")
    server = started_server(home, port)
    ended = script.end()
    assert (ended.code, ended.out) == (0, "result 400\n"), ended.err[-4_000:]
    # What was not stored at its end waits for the next script that reports there.
    assert home.start("one_flow.py", environment=over_http).end().code == 0
    await_until(lambda: home.journals() == [], "what was kept to be stored")
    ended_in_order(server)
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Completed"] * 2


def test_a_killed_script_that_reported_to_a_server_is_finished_by_the_next(home: Home, port: int) -> None:
    server = started_server(home, port)
    over_http = {"HEADRACE_API_URL": f"http://127.0.0.1:{port}/api"}
    script = home.start("endless.py", environment=over_http)
    await_until(lambda: len(read_seen(home).tasks) > 200, "the script to report")
    kill_companion(home.path, script.process.pid)
    script.kill()
    script.end()
    home.tell("go")
    script = home.start("outlasts.py", "5", "5", "0", "finish", environment=over_http)
    await_until(lambda: home.told("whole") and len(home.journals()) == 1, "the next script to finish the dead one")
    home.tell("finish")
    assert script.end().code == 0
    ended_in_order(server)
    assert_recovered(home)
