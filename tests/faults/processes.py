"""Starts users' scripts and recoveries as processes of their own, waits for what they do, and ends them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ended", "Home", "Script", "Worker", "await_until"]

SCRIPTS = Path(__file__).parent / "scripts"
# Other work may share the machine; only a hang takes as long as this.
PATIENCE_SECONDS = 90.0


def await_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Waits for what another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.002)


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it wrote."""

    code: int
    out: str
    err: str

    def was_silent(self) -> "Ended":
        """Asserts that the process ended well, and complained of nothing."""
        assert (self.code, self.err) == (0, ""), f"exit code {self.code}\n{self.out}\n{self.err[-4_000:]}"
        return self


class Script:
    """A running script. It writes to files: nobody reads a pipe while it runs, and a full one would stop it."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.process = process
        self._out, self._err = out, err

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def workers(self) -> set[int]:
        """The numbers of its pool's processes."""
        found: set[int] = set()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid and b"process_worker" in (process / "cmdline").read_bytes():
                    found.add(int(process.name))
        return found

    def await_stop(self) -> bool:
        """Waits until the script was stopped at its crash point; False where it ended before."""
        await_until(lambda: not self.is_running or self._is_stopped(), "the script to be stopped")
        return self.is_running

    def _is_stopped(self) -> bool:
        pid, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
        if pid and not os.WIFSTOPPED(status):
            self.process.returncode = os.waitstatus_to_exitcode(status)
        return bool(pid) and os.WIFSTOPPED(status)

    def await_standstill(self) -> None:
        """Waits until the main thread waits, and for long: of a signal that comes just before it hears only after."""

        def stands() -> bool:
            before = self._switches()
            time.sleep(0.02)
            return self._switches() == before

        await_until(lambda: not self.is_running or stands(), "the script's main thread to wait")

    def _switches(self) -> object:
        """How often the main thread has begun to wait; another one each time while it does not wait at all."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:  # It has ended.
            return None
        return status[status.index("\nvoluntary_ctxt_switches") :] if "State:\tS" in status else object()

    def end(self, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Waits for the script's end; kills it where that does not come."""
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
            raise TimeoutError(
                f"the script did not end in {seconds:.0f} s; it wrote:\n{self.wrote()[-4_000:]}"
            ) from None
        return Ended(code, self._out.read_text(errors="replace"), self.wrote())

    def wrote(self) -> str:
        """Its standard error so far."""
        return self._err.read_text(errors="replace")

    def kill_after(self, seconds: float) -> Ended:
        """Kills the script so long after now, unless it ends by itself."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        return self.end()


class Worker:
    """A process of a script's pool, known by a descriptor: its number may be another's once it has ended."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.pidfd_open(pid)

    def send(self, number: int) -> None:
        """Sends a signal, unless the process has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def close(self) -> None:
        """Lets go of the descriptor."""
        os.close(self._descriptor)


class Home:
    """A home for scripts, with what the scripts saw beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "home"
        self.witness = folder / "witness"
        self.witness.mkdir(parents=True, exist_ok=True)
        self._scripts: list[Script] = []

    @property
    def database(self) -> Path:
        return self.path / "headrace.db"

    def journals(self) -> list[str]:
        """The names of the journals' folders."""
        folder = self.path / "journals"
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def tell(self, name: str) -> None:
        """Makes a file that a script waits for."""
        (self.witness / name).touch()

    def told(self, name: str) -> bool:
        """Whether a script made a file of this name."""
        return (self.witness / name).exists()

    def forget_what_was_seen(self) -> None:
        """The scripts so far count for nothing: the test itself destroyed what they reported."""
        for path in self.witness.glob("*.jsonl"):
            path.unlink()

    def lines(self) -> int:
        """How many lines the scripts have written so far."""
        return sum(path.read_bytes().count(b"\n") for path in self.witness.glob("*.jsonl"))

    def start(
        self,
        script: str,
        *arguments: str,
        crash_point: str = "",
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> Script:
        """Starts a script on this home; `prefix` is a command that runs it."""
        command = [*prefix, sys.executable, str(SCRIPTS / script), *arguments]
        return self._start(command, crash_point, environment or {})

    def command(self, *words: str, crash_point: str = "", environment: Mapping[str, str] | None = None) -> Script:
        """Starts a command of Headrace on this home."""
        return self._start([sys.executable, "-m", "headrace", *words], crash_point, environment or {})

    def _start(self, command: list[str], crash_point: str, environment: Mapping[str, str]) -> Script:
        variables = {
            **os.environ,
            "HEADRACE_HOME": str(self.path),
            "WITNESS_FOLDER": str(self.witness),
            "PYTHONWARNINGS": "default",
            **environment,
        }
        if crash_point:
            variables["HEADRACE_TEST_CRASH_POINT"] = crash_point
        number = len(self._scripts) + 1
        out, err = self.witness / f"{number}.out", self.witness / f"{number}.err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(command, env=variables, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL)
        script = Script(process, out, err)
        self._scripts.append(script)
        return script

    def end_all(self) -> None:
        """Kills what a test has left running, because it failed or was done with it."""
        for script in self._scripts:
            if script.is_running:
                script.kill()
            script.process.wait()

    def run(self, script: str, *arguments: str, crash_point: str = "") -> Ended:
        """Runs a script to its end."""
        return self.start(script, *arguments, crash_point=crash_point).end()

    def recover(self, crash_point: str = "") -> Ended:
        """Recovers the home in a process of its own."""
        ended = self.run("recover.py", crash_point=crash_point)
        assert ended.code != 0 or "damaged=()" in ended.out, ended.out
        return ended
