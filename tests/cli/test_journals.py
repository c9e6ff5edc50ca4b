"""What a killed script leaves: `headrace journal ls` and the doctor show it, the next command that reads stores it."""

import signal

from tests.cli.terminal import SCRIPTS, Terminal, serving
from tests.support.companions import kill_companion


def kill_a_script(terminal: Terminal) -> int:
    """Kills a script while its task waits; returns its process id."""
    with terminal.start("run", f"{SCRIPTS}/waits.py:waits", until="waiting") as script:
        script.end(signal.SIGKILL)
        return script.pid


def test_a_running_process_has_a_journal_that_is_alive(terminal: Terminal) -> None:
    with terminal.start("run", f"{SCRIPTS}/waits.py:waits", until="waiting") as script:
        (journal,) = terminal.ask("journal", "ls", "-o", "json").json
        assert (journal["status"], journal["pid"]) == ("alive", script.pid)
        shown = terminal.ask("journal", "ls").out
        assert shown.split()[:7] == ["ID", "State", "Process", "Host", "Started", "Size", "Waiting"]
        assert f"alive  {script.pid}" in shown
        (run,) = terminal.ask("flow-run", "ls", "-o", "json").json
        assert run["state_name"] == "Running"


def test_a_killed_script_leaves_an_orphan_which_the_doctor_tells_of(terminal: Terminal) -> None:
    pid = kill_a_script(terminal)
    (journal,) = terminal.ask("journal", "ls", "-o", "json").json
    assert (journal["status"], journal["pid"]) == ("orphan", pid)
    told = terminal.ask("doctor")
    assert told.code == 0
    assert "warn  journals     1 journal left by processes that are gone" in told.out


def test_the_next_command_recovers_it_and_says_so_in_a_line(terminal: Terminal) -> None:
    pid = kill_a_script(terminal)
    printed = terminal.type("flow-run", "ls", "-o", "json")
    assert printed.err.startswith(f"Recovered what process {pid} on ")
    assert printed.err.endswith("1 flow run marked Crashed.\n")
    (run,) = printed.json
    assert run["state_name"] == "Crashed"
    assert f"process {pid}" in run["state"]["message"]
    shown = terminal.ask("flow-run", "inspect", run["id"]).out
    assert "Task runs (1 crashed)" in shown
    again = terminal.ask("flow-run", "ls")
    assert again.err == ""
    assert terminal.ask("journal", "ls", "-o", "json").json == []


def test_a_home_without_journals_says_that_all_is_stored(terminal: Terminal) -> None:
    printed = terminal.ask("journal", "ls")
    assert (printed.code, printed.out) == (0, "")
    assert printed.err == f"No journals in {terminal.home}: everything that was reported is stored.\n"


def test_a_damaged_journal_is_shown_and_fails_the_doctor(terminal: Terminal) -> None:
    kill_a_script(terminal)
    (journal,) = terminal.ask("journal", "ls", "-o", "json").json
    header = terminal.home / "journals" / journal["id"].replace("-", "") / "header"
    header.write_bytes(b"what is this?")
    shown = terminal.ask("journal", "ls")
    assert "damaged" in shown.out
    assert "cannot be read" in shown.err
    told = terminal.ask("doctor")
    assert told.code == 1
    assert "fail  journals     1 journal cannot be read in part" in told.out
    listed = terminal.ask("flow-run", "ls")
    assert listed.code == 0
    assert "cannot be read" in listed.err


def test_a_drain_stores_what_was_left_and_says_what_it_came_to(terminal: Terminal) -> None:
    assert terminal.ask("journal", "drain").out == "No journal was left to store.\n"
    pid = kill_a_script(terminal)
    drained = terminal.ask("journal", "drain")
    assert drained.code == 0
    assert drained.out.startswith(f"Recovered what process {pid} on ")
    with terminal.start("run", f"{SCRIPTS}/waits.py:waits", until="waiting"):
        drained = terminal.ask("journal", "drain")
    assert drained.code == 0
    assert drained.err == "1 journal of running processes, which store them themselves.\n"


def test_a_drain_that_leaves_something_fails(terminal: Terminal) -> None:
    kill_a_script(terminal)
    (journal,) = terminal.ask("journal", "ls", "-o", "json").json
    (terminal.home / "journals" / journal["id"].replace("-", "") / "header").write_bytes(b"what is this?")
    drained = terminal.ask("journal", "drain")
    assert (drained.code, "headrace journal ls shows it" in drained.err) == (1, True)


def test_what_was_reported_to_a_server_is_drained_to_that_server(terminal: Terminal) -> None:
    served = Terminal(terminal.home.parent / "served")
    with serving(served) as (_, url):
        with terminal.start("run", f"{SCRIPTS}/waits.py:waits", until="waiting", HEADRACE_API_URL=url) as script:
            kill_companion(terminal.home, script.pid)
            script.end(signal.SIGKILL)
        elsewhere = terminal.ask("journal", "drain")
        assert f"1 journal of runs that were to be reported to {url}: once a server answers there" in elsewhere.err
        assert f"HEADRACE_API_URL={url} headrace journal drain stores them." in elsewhere.err
        assert elsewhere.out == ""
        drained = terminal.ask("journal", "drain", HEADRACE_API_URL=url)
        assert drained.out.endswith("1 flow run marked Crashed.\n")
        (run,) = terminal.ask("flow-run", "ls", "-o", "json", HEADRACE_API_URL=url).json
        assert run["state_name"] == "Crashed"
