"""A server as a process: it starts, says where, ends in order, and says in one line why it cannot."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from headrace.client.orchestration import SyncHeadraceClient
from headrace.exceptions import ConfigurationError, StoreUnavailable
from headrace.server.serving import CannotListen, serve
from headrace.server.store.opening import open_store
from tests.api.named import Named

STARTING = """
import sys
from pathlib import Path
from headrace.server.serving import serve
home = Path(sys.argv[1])
serve("127.0.0.1", 0, f"sqlite:///{home}/headrace.db", home, on_ready=lambda url: print(url, flush=True))
print("closed", flush=True)
"""

REPORTING = """
import os, signal
from headrace import flow, task

@task
def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

@flow
def doomed() -> None:
    die()

doomed()
"""


@contextmanager
def server(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server process on `home`, and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", STARTING, str(home)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), url + process.stdout.read()
        yield process, url
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_is_told_to_end_and_ends_in_order(home: Path, number: signal.Signals) -> None:
    with server(home) as (process, url):
        with SyncHeadraceClient(f"{url}/api") as client:
            assert client.api_healthcheck() is None
            run = client.create_flow_run(Named("load"))
        process.send_signal(number)
        assert process.stdout is not None
        assert process.stdout.read().splitlines() == ["closed"]
        assert process.wait(20) == 0
    assert not (home / "headrace.db-wal").exists()
    with SyncHeadraceClient() as client:
        assert client.read_flow_run(run.id).name == run.name


def test_a_server_and_a_script_share_a_home(home: Path) -> None:
    with server(home) as (_, url), SyncHeadraceClient(f"{url}/api") as remote, SyncHeadraceClient() as local:
        run = local.create_flow_run(Named("load"), name="made in process")
        assert remote.read_flow_run(run.id).name == "made in process"
        remote.delete_flow_run(run.id)
        assert local.count_flow_runs() == 0


def test_a_server_finishes_what_dead_processes_left(home: Path) -> None:
    died = subprocess.run([sys.executable, "-c", REPORTING], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL
    with server(home) as (_, url), httpx.Client(base_url=f"{url}/api", timeout=10) as http:
        deadline = 200
        while not http.post("/flow_runs/filter", json=_crashed()).json():
            deadline -= 1
            assert deadline, "the run of the dead process was not ended"
        (run,) = http.post("/flow_runs/filter").json()
        assert "ended before this run did" in run["state"]["message"]


def _crashed() -> dict[str, object]:
    return {"flow_runs": {"state": {"type": {"any_": ["CRASHED"]}}}}


def test_a_port_that_is_taken_is_told_in_one_line(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            CannotListen, match=rf"cannot listen on 127\.0\.0\.1:{port} \(Address already in use\).*--port"
        ):
            serve("127.0.0.1", port, f"sqlite:///{home}/headrace.db", home)


def test_other_machines_are_let_in_where_they_have_to_show_a_password(home: Path) -> None:
    environment = {**os.environ, "HEADRACE_HOME": str(home), "HEADRACE_SERVER_API_AUTH_STRING": "ada:lovelace"}
    command = [sys.executable, "-m", "headrace", "server", "start", "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().partition(" at ")[2].split(". ")[0].replace("0.0.0.0", "127.0.0.1")
        try:
            assert httpx.post(f"{url}/flows/filter").status_code == 401
            assert httpx.post(f"{url}/flows/filter", auth=("ada", "lovelace")).json() == []
        finally:
            process.terminate()
    assert process.returncode == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_other_machines_are_let_in_only_where_that_is_meant(home: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="--allow-remote"):
        serve(host, 0, f"sqlite:///{home}/headrace.db", home)
    assert not (home / "headrace.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "mysql://somewhere", "nothing"])
def test_a_database_url_that_is_none_is_named(home: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{url!r} names no"):
        serve("127.0.0.1", 0, url, home)


def test_a_store_of_a_later_headrace_is_named(home: Path) -> None:
    path = home / "headrace.db"
    open_store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET schema_version = 900, min_reader = 900")
    connection.commit()
    connection.close()
    with pytest.raises(StoreUnavailable, match=r"later|newer"):
        serve("127.0.0.1", 0, f"sqlite:///{path}", home)


def test_an_idle_server_keeps_to_its_budget_of_memory(home: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the resident memory of another process is read from /proc")
    with server(home) as (process, url):
        assert httpx.get(f"{url}/api/ready").status_code == 200
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        resident_kib = int(status.partition("VmRSS:")[2].split()[0])
    assert resident_kib / 1024 <= 90, f"pid {os.getpid()}"
