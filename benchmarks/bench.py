"""Where measuring happens: a scratch folder, the two sides' interpreters and environments, servers started when asked.

The peer's programs are ours with the import changed; it gets a home and a server of its own, and sends nothing home.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.figures import Side

__all__ = ["PEER_PYTHON", "PROGRAMS", "Bench", "Server", "free_port", "resident_megabytes", "timed"]

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(__file__).parent / "programs"
PEER_PYTHON = ROOT / ".peer" / "bin" / "python"
START_SECONDS = 90
PROGRAM_SECONDS = 300


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int
    prefix: str  # of the API's paths
    seconds_to_start: float


class Bench:
    """One run of the benchmarks. `quick` asks for fewer repeats: to see that a row works, not what it says."""

    def __init__(self, *, quick: bool = False) -> None:
        self.quick = quick
        self.scratch = Path(tempfile.mkdtemp(prefix="headrace-bench-"))
        self._servers: dict[str, Server] = {}
        self._homes = 0

    def close(self) -> None:
        """Ends the servers and removes the scratch folder."""
        for server in self._servers.values():
            server.process.terminate()
        for server in self._servers.values():
            server.process.wait(timeout=30)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def repeats(self, full: int, quick: int = 3) -> int:
        """How often to repeat."""
        return min(full, quick) if self.quick else full

    def new_home(self) -> Path:
        """An empty home."""
        self._homes += 1
        home = self.scratch / f"home-{self._homes}"
        home.mkdir()
        return home

    def python(self, side: Side) -> str:
        """The interpreter that has this side installed."""
        return str(PEER_PYTHON) if side == "peer" else sys.executable

    def command(self, side: Side) -> str:
        """This side's command, beside its interpreter."""
        return str(Path(self.python(side)).with_name("prefect" if side == "peer" else "headrace"))

    def environment(self, side: Side, home: Path, **more: str) -> dict[str, str]:
        """A clean environment with this home; PYTHONDONTWRITEBYTECODE would compile every module at every start."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HEADRACE_", "PREFECT_")) and name != "PYTHONDONTWRITEBYTECODE"
        }
        if side == "ours":
            return {**kept, "HEADRACE_HOME": str(home), **more}
        quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        return {**kept, "PREFECT_HOME": str(home), **quiet, **more}

    def program(self, name: str, side: Side) -> Path:
        """The file of one of `programs/`, for this side."""
        source = PROGRAMS / f"{name}.py"
        if side == "ours":
            return source
        changed = self.scratch / f"{name}.py"
        changed.write_text(re.sub(r"\bheadrace\b", "prefect", source.read_text()))
        return changed

    def run(
        self,
        side: Side,
        arguments: Sequence[str | Path],
        environment: dict[str, str],
        *,
        errors_to_pipe: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Runs this side's interpreter to its end; RuntimeError with what it said where it failed."""
        done = subprocess.run(
            [self.python(side), *map(str, arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors_to_pipe else subprocess.DEVNULL,
            text=True,
            timeout=PROGRAM_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise RuntimeError(f"exit code {done.returncode}: {said[-1] if said else 'nothing said'}")
        return done

    def peer_environment(self, home: Path) -> dict[str, str]:
        """The peer with its shared server: what its users run when they care for speed."""
        server = self.server("peer")
        return self.environment("peer", home, PREFECT_API_URL=f"http://127.0.0.1:{server.port}/api")

    def server(self, name: str) -> Server:
        """The server of a side, or the null server; started at the first call, kept to the end."""
        if name not in self._servers:
            self._servers[name] = self._start(name, self.new_home())
        return self._servers[name]

    @contextmanager
    def own_server(self, name: str, **environment: str) -> Iterator[Server]:
        """A server that lives for the block alone, with more in its environment."""
        server = self._start(name, self.new_home(), **environment)
        try:
            yield server
        finally:
            server.process.terminate()
            server.process.wait(timeout=30)

    def _start(self, name: str, home: Path, **more: str) -> Server:
        port = free_port()
        listening = ["--host", "127.0.0.1", "--port", str(port)]
        commands: dict[str, list[str]] = {
            "ours": [self.command("ours"), "server", "start", *listening],
            "peer": [self.command("peer"), "server", "start", *listening, "--no-ui"],
            "null": [sys.executable, "-m", "uvicorn", "benchmarks.null_server:app", "--no-access-log", *listening],
        }
        side: Side = "peer" if name == "peer" else "ours"
        started = time.perf_counter()
        with (home / "server.log").open("w") as log:
            environment = self.environment(side, home, **more)
            process = subprocess.Popen(commands[name], cwd=ROOT, env=environment, stdout=log, stderr=log)
        health = f"http://127.0.0.1:{port}/api/health"
        while not _answers(health):
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                process.kill()
                last = (home / "server.log").read_text().strip().splitlines()[-1:]
                raise RuntimeError(f"the server did not come up: {last[0] if last else 'it said nothing'}")
            time.sleep(0.01)
        return Server(process, port, "/api", time.perf_counter() - started)

    @cached_property
    def bare_milliseconds(self) -> float:
        """What starting and ending the interpreter costs by itself."""
        environment = self.environment("ours", self.new_home())
        return min(timed(lambda: self.run("ours", ["-c", "pass"], environment)) for _ in range(self.repeats(21, 5)))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def free_port() -> int:
    """A port on the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process and its children, as `ps` tells it."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    family = {pid}
    while more := {child for child, parent, _ in rows if parent in family and child not in family}:
        family |= more
    return sum(kilobytes for child, _, kilobytes in rows if child in family) / 1024


def _answers(url: str) -> bool:
    with (
        suppress(urllib.error.URLError, ConnectionError, TimeoutError),
        urllib.request.urlopen(url, timeout=5) as reply,
    ):
        return reply.status == 200
    return False
