"""`flow-run cancel`: of a run that goes on, of one that has not begun, and of one that is over."""

import re
import signal

import pytest

from headrace import flow
from headrace.client.orchestration import get_client
from headrace.states import Scheduled
from tests.cli.terminal import SCRIPTS, Printed, Terminal

WAITS = ("run", f"{SCRIPTS}/tagged.py:waits_for_file", "-p", "path=/nowhere")


def the_run(terminal: Terminal) -> dict[str, str]:
    (run,) = terminal.ask("flow-run", "ls", "-o", "json").json
    return run


def refusal(printed: Printed) -> str:
    assert (printed.code, printed.out) == (1, "")
    return printed.err


def test_a_run_that_goes_on_is_cancelled_by_its_process(door: Terminal) -> None:
    with door.start(*WAITS, until="begun") as script:
        run = the_run(door)
        told = door.ask("flow-run", "cancel", run["name"])
        assert told.code == 0, told.err
        assert told.out.splitlines()[0] == (
            f"The flow run {run['name']!r} ({run['id']}) is being cancelled: its process hears of it within 2 seconds."
        )
        assert door.ask("flow-run", "watch", run["name"]).code == 4
        _, errors = script.process.communicate(timeout=60)
    assert script.process.returncode == 4
    assert "Traceback" not in errors
    assert re.search(r"was cancelled\. Cancelled from the command line by \S+\.$", errors, re.MULTILINE)
    assert refusal(door.ask("flow-run", "cancel", run["name"])) == (
        f"Error: The flow run {run['name']!r} is Cancelled already.\n"
    )


def test_a_run_that_has_not_begun_is_cancelled_at_once(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_HOME", str(terminal.home))
    with get_client(sync_client=True) as client:
        made = client.create_flow_run(flow(name="later")(print), state=Scheduled())
    told = terminal.ask("flow-run", "cancel", str(made.id))
    assert told.out == f"Cancelled the flow run {made.name!r} ({made.id}), which was Scheduled.\n"
    assert the_run(terminal)["state_name"] == "Cancelled"


def test_a_run_that_is_over_cannot_be_cancelled(terminal: Terminal) -> None:
    terminal.type("run", f"{SCRIPTS}/pipeline.py:report", "-p", "total=1")
    name = the_run(terminal)["name"]
    assert refusal(terminal.ask("flow-run", "cancel", name)) == (
        f"Error: The flow run {name!r} cannot be cancelled. The run is over: it is Completed.\n"
    )


def test_a_run_whose_process_is_dead_has_crashed(terminal: Terminal) -> None:
    with terminal.start(*WAITS, until="begun") as script:
        name = the_run(terminal)["name"]
        script.end(signal.SIGKILL)
    told = terminal.ask("flow-run", "cancel", name)
    assert told.code == 1
    assert told.err.endswith(f"Error: The flow run {name!r} cannot be cancelled. The run is over: it is Crashed.\n")


def test_a_process_that_is_killed_before_it_hears_of_it_leaves_a_cancelled_run(terminal: Terminal) -> None:
    with terminal.start(*WAITS, until="begun") as script:
        script.process.send_signal(signal.SIGSTOP)
        name = the_run(terminal)["name"]
        assert terminal.ask("flow-run", "cancel", name).code == 0
        again = terminal.ask("flow-run", "cancel", name)
        assert (again.code, the_run(terminal)["state_name"]) == (0, "Cancelling")
        script.end(signal.SIGKILL)
        assert terminal.ask("flow-run", "watch", name).code == 4
    assert the_run(terminal)["state_name"] == "Cancelled"
