"""Scripts report to a server behind a proxy that cuts, delays, doubles and refuses, and the server is killed meanwhile.

All that the scripts saw is stored, in order and once. A failure names its seed.
"""

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.faults.accounts import assert_accounts_agree
from tests.faults.processes import Ended, Home, await_until
from tests.faults.servers import Server
from tests.support.databases import DATABASES
from tests.support.postgres import postgres_schema
from tests.support.proxy import PASS, by_chance, proxied

# Those of the nemesis whose runs all end well.
ROLES = ("calls", "threads", "loops", "retries", "processes")
LINES = 600
INGEST_POINTS = ("store.staged", "store.commit.before", "store.commit.after", "ingest.reply", "bury.reply")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other work may share the machine: what scripts wait for comes late, and it comes."""
    monkeypatch.setenv("HEADRACE_API_STARTUP_TOLERANCE_SECONDS", "60")
    monkeypatch.setenv("HEADRACE_JOURNAL_EXIT_TIMEOUT_SECONDS", "60")


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, home: Home) -> Generator[Server]:
    """A server that runs, on the home of the scripts."""
    with ExitStack() as stack:
        server = Server(home, stack.enter_context(postgres_schema()) if request.param == "postgres" else None)
        server.start()
        yield server
        home.end_all()


def seeds(short: int, long: int) -> list[object]:
    return [pytest.param(seed, marks=() if seed < short else pytest.mark.long) for seed in range(long)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds(1, 10))
def test_what_scripts_report_through_a_proxy_arrives(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with proxied(server.url, by_chance(seed)) as proxy:
        monkeypatch.setenv("HEADRACE_API_URL", proxy.url)
        scripts = [home.start("victims.py", role, role) for role in ROLES]
        for part in (1, 2, 3):
            await_until(lambda part=part: home.lines() >= part * LINES // 3, "the scripts to be at work")
            if part < 3:
                server.kill()
                server.start()
        home.tell("stop")
        for script in scripts:
            ended = script.end()
            assert ended.code == 0, ended.err[-4_000:]
        assert min(proxy.done[kind] for kind in ("cut_before", "cut_after", "half", "double", "refuse")) > 0, proxy.done
        proxy.plan = lambda number, request: PASS
        server.assert_nothing_lost()
    assert_accounts_agree(home)


@pytest.mark.parametrize(
    ("point", "passage"),
    [
        pytest.param(point, passage, marks=() if passage == 2 else pytest.mark.long)
        for point in INGEST_POINTS
        for passage in (1, 2, 5)
    ],
)
def test_a_server_that_dies_at_a_crash_point_of_ingest_loses_nothing(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch, point: str, passage: int
) -> None:
    server.kill()
    server.start(crash_point=f"{point}:{passage}")
    monkeypatch.setenv("HEADRACE_API_URL", server.url)
    script = home.start("sessions.py")
    await_until(lambda: not server.is_running, f"the server to pass {point}")
    server.await_death()
    server.start()
    ended: Ended = script.end()
    assert ended.code == 0, ended.err[-4_000:]
    assert home.journals() == []
    server.assert_nothing_lost()
