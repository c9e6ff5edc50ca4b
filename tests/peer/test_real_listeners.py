"""The peer's own subscribers against our server: what they are sent while runs report."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from headrace._kernel import clock
from headrace._kernel.ids import new_id
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.server.usecases.ingest import ingest
from tests.peer.real_clients import PROGRAMS, client_environment, run_client
from tests.peer.sides import PEER_PYTHON
from tests.support import rows
from tests.support.journals import Teller, begun, concluded, created, task_moved
from tests.support.served import served

pytestmark = pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it")

PASSWORD = "ada:lovelace"


@contextmanager
def listening(url: str, home: Path, program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A program of the peer's that has said that it listens."""
    environment = client_environment(url, home, PREFECT_API_AUTH_STRING=PASSWORD)
    command = [PEER_PYTHON, PROGRAMS / program, *map(str, arguments)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as told:
        assert told.stdout is not None
        assert told.stdout.readline() == "listening\n", told.communicate()[1][-3000:]
        yield told


def heard(program: subprocess.Popen[str]) -> Any:
    """What it printed at its end."""
    out, err = program.communicate(timeout=90)
    assert program.returncode == 0, err[-3000:]
    return json.loads(out)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/headrace.db")
    yield opened
    opened.close()


def test_the_real_subscriber_hears_each_line_once_and_in_order(store: Store, tmp_path: Path) -> None:
    with served(store, auth_string=PASSWORD) as url, listening(url, tmp_path, "log_listener.py", 300) as program:
        for number in range(300):
            low, line = rows.line("low", level=10, at=clock.now()), rows.line(f"line {number}", at=clock.now())
            rows.apply(store, low, line)
        assert heard(program) == [[20, "headrace.flow_runs", f"line {number}"] for number in range(300)]


def test_the_real_subscriber_hears_each_state_of_the_real_clients_runs(store: Store, tmp_path: Path) -> None:
    with served(store, auth_string=PASSWORD) as url, listening(url, tmp_path, "event_listener.py", 19) as program:
        program_of_runs = PROGRAMS / "run_of_all_kinds.py"
        done = run_client(url, tmp_path, program_of_runs, "dinner", PREFECT_API_AUTH_STRING=PASSWORD)
        assert done.returncode == 0, done.stderr[-1500:]
        events = heard(program)
    assert len({event["id"] for event in events}) == len(events)
    by_run: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_run.setdefault(event["resource"]["prefect.resource.id"], []).append(event)
    lives = sorted([event["event"].removeprefix("prefect.") for event in life] for life in by_run.values())
    assert lives == [
        ["flow-run.Pending", "flow-run.Running", "flow-run.Completed"],
        ["flow-run.Pending", "flow-run.Running", "flow-run.Completed"],
        ["task-run.Pending", "task-run.Running", "task-run.Completed"],
        ["task-run.Pending", "task-run.Running", "task-run.Completed"],
        ["task-run.Pending", "task-run.Running", "task-run.Failed"],
        ["task-run.Pending", "task-run.Running", "task-run.Retrying", "task-run.Completed"],
    ]
    for life in by_run.values():
        assert [event["follows"] for event in life] == [None, *[event["id"] for event in life[:-1]]]


def test_the_real_subscriber_hears_what_our_own_scripts_report(store: Store, tmp_path: Path) -> None:
    with served(store, auth_string=PASSWORD) as url, listening(url, tmp_path, "event_listener.py", 5) as program:
        teller, run, task, at = Teller(), new_id(), new_id(), clock.now()
        first = teller.batch(begun(run, at, name="dinner"), created(task, run, at + 2))
        ingest(store, first, now=at)
        ended = teller.batch(task_moved(task, "COMPLETED", at + 3, 1), concluded(run, at=at + 4))
        ingest(store, ended, now=at)
        events = heard(program)
    assert [event["event"].removeprefix("prefect.") for event in events] == [
        "flow-run.Pending",
        "flow-run.Running",
        "task-run.Pending",
        "task-run.Completed",
        "flow-run.Completed",
    ]
