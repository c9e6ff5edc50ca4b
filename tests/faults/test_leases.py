"""A host that dies takes a script and its companion along: the server presumes so once nothing is heard of them."""

import json
import os
import signal
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from headrace._kernel import clock
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.server.usecases.leases import held
from tests.faults.processes import Home, Script, await_until
from tests.faults.servers import Server
from tests.support.companions import companions
from tests.support.databases import DATABASES
from tests.support.postgres import postgres_schema

TERM_SECONDS = 4  # companions on a busy machine must come to renew in time
TERM = TERM_SECONDS * 1_000_000
TWO_SERVERS = "two servers on postgres"


class Elsewhere:
    """A server that cannot see the home of the scripts, or one of several."""

    def __init__(self, home: Home, server: Server, store: Store) -> None:
        self.home = home
        self.server = server
        self._store = store

    def run(self) -> Any:
        """The only flow run."""
        (run,) = self._asked("/flow_runs/filter", {})
        return run

    def states(self) -> list[str]:
        """The names of the states that it has had."""
        return [state["name"] for state in self._asked(f"/flow_run_states/?flow_run_id={self.run()['id']}")]

    def renewed_at(self) -> int:
        """When the only lease was renewed last; 0 where there is none."""
        return max((lease.renewed_at for lease in held(self._store)), default=0)

    def await_renewals(self, terms: int) -> None:
        """Waits until the lease was renewed so many terms after now."""
        at = clock.now()
        await_until(lambda: self.renewed_at() > at + terms * TERM, "the lease to be renewed")

    def _asked(self, path: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "x-prefect-api-version": "0.8.4"}
        request = urllib.request.Request(self.server.url + path, content, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(params=DATABASES)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Elsewhere]:
    with ExitStack() as stack:
        home = Home(tmp_path / "elsewhere")
        postgres_url = None if request.param == "sqlite" else stack.enter_context(postgres_schema())
        server = Server(home, postgres_url)
        stack.callback(home.end_all)
        server.start()
        if request.param == TWO_SERVERS:
            other = Home(tmp_path / "further")
            stack.callback(other.end_all)
            Server(other, postgres_url).start()
        store = stack.enter_context(closing(open_store(postgres_url or f"sqlite:///{home.database}")))
        monkeypatch.setenv("HEADRACE_API_URL", server.url)
        monkeypatch.setenv("HEADRACE_API_STARTUP_TOLERANCE_SECONDS", "60")
        monkeypatch.setenv("HEADRACE_API_LEASE_SECONDS", str(TERM_SECONDS))
        yield Elsewhere(home, server, store)


def waiting(home: Home, elsewhere: Elsewhere) -> Script:
    """A script in the middle of a flow, with a lease."""
    script = home.start("waits.py")
    await_until(lambda: elsewhere.renewed_at() or not script.is_running, "the lease")
    assert script.is_running, script.wrote()
    assert elsewhere.run()["state_name"] == "Running"
    return script


def send_both(home: Home, script: Script, number: int) -> None:
    """A signal to the script and its companion, which hears it first."""
    (companion,) = companions(home.path)
    os.kill(companion, number)
    script.send(number)


def completes(home: Home, elsewhere: Elsewhere, script: Script) -> list[str]:
    """The states of the run, once the script has ended well."""
    home.tell("go")
    ended = script.end()
    assert ended.code == 0, ended.err
    await_until(lambda: not companions(home.path), "the companion to end")
    return elsewhere.states()


@pytest.mark.parametrize("elsewhere", [*DATABASES, TWO_SERVERS], indirect=True)
def test_a_script_that_dies_with_its_companion_is_presumed_crashed_once(home: Home, elsewhere: Elsewhere) -> None:
    script = waiting(home, elsewhere)
    send_both(home, script, signal.SIGKILL)
    script.end()
    await_until(lambda: elsewhere.run()["state_name"] == "Crashed", "the run to be Crashed")
    message = elsewhere.run()["state"]["message"]
    assert message.startswith(f"Nothing was heard of the process {script.process.pid} on ")
    assert message.endswith(f" for {TERM_SECONDS} seconds: it is presumed to be dead.")
    assert elsewhere.states() == ["Pending", "Running", "Crashed"]
    assert elsewhere.renewed_at() == 0


def test_a_script_that_stands_still_beside_its_companion_stays_running(home: Home, elsewhere: Elsewhere) -> None:
    script = waiting(home, elsewhere)
    script.send(signal.SIGSTOP)
    elsewhere.await_renewals(2)
    script.send(signal.SIGCONT)
    assert completes(home, elsewhere, script) == ["Pending", "Running", "Completed"]


def test_a_server_that_was_away_for_longer_than_the_term_presumes_nothing(home: Home, elsewhere: Elsewhere) -> None:
    script = waiting(home, elsewhere)
    elsewhere.server.kill()
    await_until(lambda: clock.now() > elsewhere.renewed_at() + 2 * TERM, "the term to be over")
    elsewhere.server.start()
    elsewhere.await_renewals(2)
    assert completes(home, elsewhere, script) == ["Pending", "Running", "Completed"]


@pytest.mark.parametrize("elsewhere", [*DATABASES, TWO_SERVERS], indirect=True)
def test_a_host_that_comes_back_overrules_the_presumption(home: Home, elsewhere: Elsewhere) -> None:
    script = waiting(home, elsewhere)
    send_both(home, script, signal.SIGSTOP)
    await_until(lambda: elsewhere.run()["state_name"] == "Crashed", "the run to be Crashed")
    send_both(home, script, signal.SIGCONT)
    assert completes(home, elsewhere, script) == ["Pending", "Running", "Crashed", "Completed"]
