"""The peer's own client reports to our server through a proxy that cuts, delays, doubles and refuses.

What its program saw is stored once, complete and in order. A failure names its seed.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace.client.orchestration import SyncHeadraceClient
from headrace.client.schemas.objects import TaskRun
from tests.peer.real_clients import run_client
from tests.peer.sides import PEER_PYTHON
from tests.support.databases import DATABASES, empty_store
from tests.support.proxy import CUTS, DEEDS, PASS, Deed, Proxy, Request, proxied
from tests.support.served import served
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it")

PROGRAM = Path(__file__).parent / "real_client" / "disturbed.py"
PART = 0.3
# Made twice because its client asked twice, and without a key by which that could be seen: no server can mend that.
MAKES_A_RUN_EACH_TIME = ("POST", "/api/flow_runs/")
UNMADE = ("cut_before", "refuse")
# Where its socket is refused, the client throws away the events that it holds; one that breaks it takes up again.
EVENTS = ("GET", "/api/events/in")


class Disturbance:
    """Does something to a part of all requests that the client sends again where it has to."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def __call__(self, number: int, request: Request) -> Deed:
        deed = self._chance.choice((*DEEDS, *CUTS)) if self._chance.random() < PART else PASS
        route, is_unmade = (request.method, request.path), deed.kind in UNMADE
        is_beyond_mending = (route == MAKES_A_RUN_EACH_TIME and not is_unmade) or (route == EVENTS and is_unmade)
        return PASS if is_beyond_mending else deed


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A server of ours."""
    with empty_store(request.param, tmp_path) as store, served(store) as url:
        yield url


def told(proxy: Proxy, home: Path) -> dict[str, Any]:
    """What the program saw."""
    done = run_client(proxy.url, home, PROGRAM, timeout_seconds=280)
    assert done.returncode == 0, f"{proxy.done}\n{done.stderr[-3000:]}"
    print(proxy.done, done.stderr)  # shown where the test fails
    return json.loads(done.stdout)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=() if seed < 1 else pytest.mark.long) for seed in range(6)])
def test_what_the_real_client_reports_through_a_proxy_arrives(url: str, tmp_path: Path, seed: int) -> None:
    with proxied(url, Disturbance(seed)) as proxy:
        saw = told(proxy, tmp_path)
        assert proxy.done.total() > proxy.done["pass"], proxy.done
    with SyncHeadraceClient(url) as client:
        assert_all_is_there(client, saw)


def ended_runs(client: SyncHeadraceClient) -> dict[str, TaskRun]:
    """The task runs that have ended."""
    return {str(run.id): run for run in client.read_task_runs() if run.state_name == "Completed"}


def assert_all_is_there(client: SyncHeadraceClient, saw: dict[str, Any]) -> None:
    """Every run that the program saw is stored as it went, and no other; every line once."""
    runs = {str(run.id): run for run in client.read_flow_runs()}
    of_tasks: dict[str, list[str]] = saw["tasks"]
    assert set(runs) == {saw["flow_run"], *(flow_run_id for ran in of_tasks.values() for flow_run_id in ran)}
    assert {run.state_name for run in runs.values()} == {"Completed"}
    stand_ins = {str(run.parent_task_run_id) for run in runs.values() if run.parent_task_run_id}

    # The server stores events behind the client's back.
    until(lambda: len(ended_runs(client)) >= len(of_tasks) + len(stand_ins), "some task runs are missing")
    found = ended_runs(client)
    assert set(found) - stand_ins == set(of_tasks)
    for run_id, ran in of_tasks.items():
        run = found[run_id]
        assert (run.state_name, run.run_count, str(run.flow_run_id)) == ("Completed", len(ran), ran[0])
        states = [state.name for state in client.read_task_run_states(run.id)]
        again = ["Retrying"] if len(ran) == 2 else []
        assert states == ["Pending", "Running", *again, "Completed"], run_id

    lines = Counter(line.message for line in client.read_logs(limit=200) if line.message.startswith("line "))
    assert set(lines.values()) == {1}
    assert len(lines) == len([ran for ran in of_tasks.values() if len(ran) == 1])
