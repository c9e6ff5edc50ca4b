"""The two sides: a script under the peer with a server of its own; the same script, one import changed, under ours."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.peer.recorded import Recorded, Told

__all__ = ["PEER_PYTHON", "ROOT", "Ours", "Peer", "free_port", "wait_for"]

ROOT = Path(__file__).parents[2]
PEER_PYTHON = ROOT / ".peer" / "bin" / "python"
SCRIPT_SECONDS = 100
SERVER_SECONDS = 60
SETTLING_SECONDS = 20

Json = dict[str, Any]


def free_port() -> int:
    """A port on the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_script(command: list[str], script: Path, environment: dict[str, str]) -> Told:
    """Runs a script to its end, by a command that takes its name."""
    done = subprocess.run(
        [*command, script.name],
        cwd=script.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SCRIPT_SECONDS,
        check=False,
    )
    raised = re.findall(r"^(?:\w+\.)*(\w+(?:: .*)?)$", done.stderr, flags=re.MULTILINE)
    # The interpreter ends with 1, and a traceback, for an exception that nobody caught.
    return Told(done.returncode, done.stdout, raised[-1] if done.returncode == 1 and raised else None)


class Peer:
    """The peer's server in a home of its own, and scripts run against it."""

    def __init__(self, home: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/api"
        self._environment = {
            "PREFECT_HOME": str(home),
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_COLORS": "false",
        }
        self._log = (home / "server.log").open("w")
        command = [
            PEER_PYTHON,
            "-m",
            "prefect",
            "server",
            "start",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--no-ui",
        ]
        environment = {**os.environ, **self._environment}
        self._server = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
        self._client = httpx.Client(base_url=self.url, timeout=30)
        self._environment["PREFECT_API_URL"] = self.url
        wait_for(self._is_up, SERVER_SECONDS, f"the peer's server did not come up; see {home / 'server.log'}")

    def close(self) -> None:
        """Ends the server."""
        self._client.close()
        self._server.terminate()
        self._server.wait(timeout=30)
        self._log.close()

    def run(self, script: Path, is_settled: Callable[[Recorded], bool]) -> tuple[Told, Recorded]:
        """Runs a script, and reads what it left until that has settled, or does not within the bound.

        The peer's client sends task runs and logs behind the script's back, and its server stores them later still.
        """
        before = {run["id"] for run in self._read("flow_runs")}
        told = self.told(script)
        deadline = time.monotonic() + SETTLING_SECONDS
        while not is_settled(recorded := self._recorded(before)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return told, recorded

    def told(self, script: Path) -> Told:
        """Runs a script, whatever it leaves."""
        return run_script([str(PEER_PYTHON)], script, self._environment)

    def _recorded(self, before: set[str]) -> Recorded:
        flow_runs = [run for run in self._read("flow_runs") if run["id"] not in before]
        ids = {"any_": [run["id"] for run in flow_runs]}
        return Recorded(
            flows=self._read("flows"),
            flow_runs=flow_runs,
            task_runs=self._read("task_runs", flow_runs={"id": ids}),
            logs=self._read("logs", logs={"flow_run_id": ids}, sort="TIMESTAMP_ASC"),
        )

    def _read(self, what: str, **query: Any) -> list[Json]:
        """All rows that a filter matches, page by page."""
        rows: list[Json] = []
        while True:
            answer = self._client.post(f"/{what}/filter", json={**query, "limit": 200, "offset": len(rows)})
            page: list[Json] = answer.raise_for_status().json()
            rows += page
            if len(page) < 200:
                return rows

    def _is_up(self) -> bool:
        if self._server.poll() is not None:
            raise RuntimeError(f"the peer's server ended with {self._server.returncode}; see {self._log.name}")
        try:
            return self._client.get("/health").status_code == 200
        except httpx.TransportError:
            return False


class Ours:
    """Scripts under Headrace, each with a home of its own and no server, run by this command."""

    def __init__(self, *command: str) -> None:
        self._command = list(command) or [sys.executable]

    def run(self, script: Path, home: Path) -> tuple[Told, Recorded]:
        """Runs a script, and reads what it left through the public client."""
        environment = {"HEADRACE_HOME": str(home)}
        told = run_script(self._command, script, environment)
        reading = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("read_ours.py"))],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=SCRIPT_SECONDS,
            check=False,
        )
        if reading.returncode:
            raise RuntimeError(f"what the script left could not be read:\n{reading.stderr}")
        return told, Recorded(**json.loads(reading.stdout))


def wait_for(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Waits for another process, with a bound."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.1)
