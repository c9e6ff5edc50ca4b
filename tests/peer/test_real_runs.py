"""Scripts of the peer's own client: our server comes to know of their runs what the peer's server does."""

import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from headrace.server.store.opening import open_store
from tests.peer.real_clients import PROGRAMS, run_client
from tests.peer.sides import PEER_PYTHON, ROOT, Peer, free_port
from tests.support.databases import DATABASES, empty_store
from tests.support.served import served
from tests.support.waiting import BOUND_SECONDS, until

pytestmark = pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it")

Json = dict[str, Any]


def run(script: str, url: str, home: Path, *arguments: object, python: Path = PEER_PYTHON) -> None:
    """Runs a script of the peer to its end."""
    done = run_client(url, home, PROGRAMS / script, *arguments, python=python)
    assert done.returncode == 0, done.stderr[-3000:]


class Api:
    """What a server knows, said without ids and instants."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)

    def read(self, what: str, **query: Any) -> list[Json]:
        return self._client.post(f"/{what}/filter", json=query).raise_for_status().json()

    def close(self) -> None:
        self._client.close()

    def settle(self, flow_runs: int, task_runs: int, lines: int) -> None:
        """Waits for what clients send behind their scripts' backs."""

        def is_settled() -> bool:
            runs, tasks = self.read("flow_runs"), self.read("task_runs")
            ended = all(one["end_time"] for one in (*runs, *tasks))
            return ended and (len(runs), len(tasks), len(self.read("logs"))) >= (flow_runs, task_runs, lines)

        until(is_settled, "not all runs and lines came")

    def told(self) -> Json:
        """Everything about the runs that a script made."""
        flow_runs, task_runs = self.read("flow_runs"), self.read("task_runs")
        names = {one["id"]: plain(one["name"]) for one in (*flow_runs, *task_runs)}
        of_flows = [
            {
                **{key: one[key] for key in ("name", "run_count", "parameters", "tags", "state_type", "state_name")},
                "states": self._states("flow_run", one["id"]),
                "is_timed": is_timed(one),
                "parent": names.get(one["parent_task_run_id"]),
                "policy": one["empirical_policy"]["retries"],
            }
            for one in flow_runs
        ]
        of_tasks = [
            {
                **{key: one[key] for key in ("run_count", "state_type", "state_name", "cache_key")},
                "name": names[one["id"]],
                "tags": sorted(one["tags"]),
                "task_key": one["task_key"],
                "flow_run": names.get(one["flow_run_id"]),
                "states": self._states("task_run", one["id"]),
                "is_timed": is_timed(one),
                "policy": [one["empirical_policy"][key] for key in ("retries", "retry_delay")],
                "inputs": {
                    name: sorted(names.get(given.get("id"), str(given)) for given in several)
                    for name, several in one["task_inputs"].items()
                },
            }
            for one in task_runs
        ]
        lines = [
            {
                "message": plain(line["message"]),
                "level": line["level"],
                "logger": line["name"],
                "flow_run": names.get(line["flow_run_id"]),
                "task_run": names.get(line["task_run_id"]),
            }
            for line in self.read("logs")
            if "View at" not in line["message"] and "Traceback" not in line["message"]
        ]
        told = {"flow_runs": of_flows, "task_runs": of_tasks, "lines": lines}
        return {what: sorted(rows, key=str) for what, rows in told.items()}

    def _states(self, kind: str, run_id: str) -> list[list[str]]:
        answer = self._client.get(f"/{kind}_states/", params={f"{kind}_id": run_id}).raise_for_status()
        states = answer.json()
        assert [one["timestamp"] for one in states] == sorted(one["timestamp"] for one in states)
        return [[one["type"], one["name"], plain(one["message"] or "")] for one in states]


def plain(text: str) -> str:
    """A text without what is drawn anew for each run."""
    text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "ID", text)
    return re.sub(r"-[0-9a-f]{3}\b", "-###", text)


def is_timed(run: Json) -> bool:
    return run["start_time"] is not None and run["end_time"] >= run["start_time"]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """What the peer's own server knows of the script."""
    home = tmp_path_factory.mktemp("theirs")
    peer = Peer(home)
    api = Api(peer.url)
    try:
        run("everything.py", peer.url, home)
        api.settle(**EXPECTED)
        return api.told()
    finally:
        api.close()
        peer.close()


EXPECTED = {"flow_runs": 3, "task_runs": 16, "lines": 30}


@pytest.fixture(params=DATABASES)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a server of ours."""
    with empty_store(request.param, tmp_path) as store, served(store) as url:
        yield url


@pytest.mark.slow
def test_our_server_knows_what_the_peers_server_does(theirs: Json, ours: str, tmp_path: Path) -> None:
    run("everything.py", ours, tmp_path / "home")
    api = Api(ours)
    api.settle(**EXPECTED)
    told = api.told()
    api.close()
    for what, rows in theirs.items():
        assert told[what] == rows


@pytest.mark.slow
def test_nothing_is_lost_where_the_server_goes_away_and_comes_back(tmp_path: Path) -> None:
    went, came_back, port = tmp_path / "went", tmp_path / "came back", free_port()
    store = open_store(f"sqlite:///{tmp_path}/headrace.db")
    script = threading.Thread(
        target=run, args=("interrupted.py", f"http://127.0.0.1:{port}/api", tmp_path / "home", went, came_back)
    )
    with served(store, port):
        script.start()
        until(Path(f"{went}.please").exists, "the script did not come to its middle")
    went.touch()
    with served(store, port) as url:
        came_back.touch()
        script.join(BOUND_SECONDS)
        api = Api(url)
        api.settle(flow_runs=1, task_runs=90, lines=0)
        told = api.told()
        api.close()
    store.close()
    assert [run["state_name"] for run in told["flow_runs"]] == ["Completed"]
    histories = [[state[1] for state in run["states"]] for run in told["task_runs"]]
    assert histories == [["Pending", "Running", "Completed"]] * 90


def command(url: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the peer, on a screen that is wide enough."""
    return run_client(url, home, *words, python=PEER_PYTHON.with_name("prefect"), COLUMNS="200")


@pytest.mark.slow
def test_commands_of_the_peer_show_and_change_our_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = open_store(f"sqlite:///{tmp_path}/headrace.db")
    with served(store) as url:

        def said(*words: str, code: int = 0) -> str:
            done = command(url, home, *words)
            assert done.returncode == code, done.stdout + done.stderr
            return done.stdout

        run("everything.py", url, home)
        api = Api(url)
        api.settle(**EXPECTED)
        ids = {one["name"]: one["id"] for one in api.read("flow_runs")}
        assert all(name in said("flow-run", "ls") for name in ids)
        assert "COMPLETED" in said("flow-run", "ls", "--flow-name", "inner")
        shown = said("flow-run", "inspect", ids["everything"])
        assert "name='everything'" in shown
        assert "adding 2" in said("flow-run", "logs", ids["everything"])
        assert "unable to be cancelled" in said("flow-run", "cancel", ids["everything"], code=1)
        waiting = httpx.post(
            f"{url}/flow_runs/",
            json={"flow_id": api.read("flows")[0]["id"], "name": "waiting", "state": {"type": "SCHEDULED"}},
        ).json()["id"]
        assert "was successfully" in said("flow-run", "cancel", waiting)
        assert {one["name"]: one["state_name"] for one in api.read("flow_runs")}["waiting"] in (
            "Cancelled",
            "Cancelling",
        )
        said("--no-prompt", "flow-run", "delete", waiting)
        assert waiting not in {one["id"] for one in api.read("flow_runs")}
        assert "3.8" in said("version")
        api.close()
    store.close()


VERSIONS = sorted(path for path in (ROOT / ".peer-versions").glob("*") if (path / "bin" / "python").exists())


@pytest.mark.slow
@pytest.mark.skipif(not VERSIONS, reason="there is no .peer-versions: `make peer-versions` installs them")
@pytest.mark.parametrize("version", VERSIONS, ids=[path.name for path in VERSIONS])
def test_earlier_versions_tell_our_server_what_they_tell_the_peers(theirs: Json, tmp_path: Path, version: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/headrace.db")
    with served(store) as url:
        run("everything.py", url, tmp_path / "home", python=version / "bin" / "python")
        api = Api(url)
        api.settle(**EXPECTED)
        told = api.told()
        api.close()
    store.close()
    for what in ("flow_runs", "task_runs"):
        assert [_lasting(row) for row in told[what]] == [_lasting(row) for row in theirs[what]]


def _lasting(row: Json) -> Json:
    """What all versions tell alike: messages are worded anew from time to time."""
    return {**row, "states": [[kind, name] for kind, name, _ in row["states"]]}
