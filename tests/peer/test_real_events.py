"""What both servers answer of the events of one client's runs."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peer.real_clients import PROGRAMS, run_client
from tests.peer.sides import PEER_PYTHON, Peer, wait_for
from tests.support.databases import empty_store
from tests.support.served import served

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it"),
]

EVENTS = 19  # of the two flow runs and four task runs of the program
STORING_SECONDS = 60


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The addresses of the peer's server and of ours."""
    home = tmp_path / "peer"
    home.mkdir()
    with closing(Peer(home)) as peer, empty_store("sqlite", tmp_path) as store, served(store) as url:
        yield peer.url, url


def asked(url: str, **parts: Any) -> dict[str, Any]:
    """The first page of the events of runs."""
    question = {"event": {"prefix": ["prefect.flow-run.", "prefect.task-run."]}, "order": "ASC", **parts}
    return httpx.post(f"{url}/events/filter", json={"filter": question}, timeout=30).raise_for_status().json()


def kind(resource: dict[str, str]) -> str:
    """The kind of thing that a resource is."""
    return resource["prefect.resource.id"].rpartition(".")[0]


def summary(page: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    """Each event by its name, what it is about and what it is related to."""
    return Counter(
        (
            event["event"],
            kind(event["resource"]),
            *sorted((one["prefect.resource.role"], kind(one)) for one in event["related"]),
        )
        for event in page["events"]
    )


def test_both_answer_the_same_events_of_a_clients_runs(servers: tuple[str, str], tmp_path: Path) -> None:
    found: list[Any] = []
    for number, url in enumerate(servers):
        done = run_client(url, tmp_path / f"home-{number}", PROGRAMS / "run_of_all_kinds.py", "dinner")
        assert done.returncode == 0, done.stderr[-1500:]
        wait_for(lambda url=url: asked(url)["total"] >= EVENTS, STORING_SECONDS, "the events were not stored")
        whole = asked(url)
        runs = sorted(
            {one["resource"]["prefect.resource.id"] for one in whole["events"] if "flow-run." in one["event"]}
        )
        of_runs = [asked(url, related={"id": [run]}) for run in runs]
        found.append((whole["total"], summary(whole), sorted(sorted(summary(page).items()) for page in of_runs)))
    peers, ours = found
    assert ours == peers
