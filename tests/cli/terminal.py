"""The command line as a person uses it: commands typed in a shell of one home, and what they print."""

import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from headrace.cli.commands import root

__all__ = ["SCRIPTS", "Printed", "Started", "Terminal", "serving"]

SCRIPTS = Path(__file__).parent / "scripts"
_COMMAND = [sys.executable, "-m", "headrace"]
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Printed:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def run_id(self) -> str:
        """The id in the line that `headrace run` ends with."""
        return self.err.rstrip().rpartition(" ")[2]


@dataclass(frozen=True)
class Started:
    """A command that goes on beside the test; `line` is what it printed last."""

    process: subprocess.Popen[str]
    line: str

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self, number: int) -> Printed:
        """Sends the signal and waits for the end; what was printed since."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=_TIMEOUT_SECONDS)
        return Printed(self.process.returncode, out, err)


@dataclass(frozen=True)
class Terminal:
    """Commands on this home."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def type(self, *words: str, cwd: Path | None = None, typed: str | None = None, **environment: str) -> Printed:
        """Runs `headrace` with these words to its end, in a process of its own; all is piped, `typed` in."""
        done = subprocess.run(
            [*_COMMAND, *words],
            cwd=cwd,
            input=typed,
            env=self.environment_of_process(**environment),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        return Printed(done.returncode, done.stdout, done.stderr)

    def ask(self, *words: str, **environment: str) -> Printed:
        """The same in this process, which takes a tenth of the time: for commands that only read."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            mock.patch.dict(os.environ, self.environment_of_process(**environment), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                root.main(list(words), prog_name="headrace")
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        return Printed(code, out.getvalue(), err.getvalue())

    def look(self, *words: str, columns: int = 120, environment: Mapping[str, str] | None = None) -> str:
        """What `headrace` with these words shows on a terminal of so many columns."""
        controller, screen = pty.openpty()
        try:
            _set_columns(screen, columns)
            process = subprocess.Popen(
                [*_COMMAND, *words],
                env=self.environment_of_process(**{"TERM": "xterm-256color", **(environment or {})}),
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=screen,
            )
            os.close(screen)
            shown = b"".join(_read_all(controller))
            process.wait(_TIMEOUT_SECONDS)
        finally:
            os.close(controller)
        return shown.decode().replace("\r\n", "\n")

    @contextmanager
    def start(self, *words: str, until: str, **environment: str) -> Generator[Started]:
        """Runs `headrace` with these words beside the test, from when it has printed `until`; kills it in the end."""
        process = subprocess.Popen(
            [*_COMMAND, *words],
            env=self.environment_of_process(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if until in line:
                    break
            else:
                raise AssertionError(f"{words} ended early: {process.communicate()[1]}")
            yield Started(process, line)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            if process.stdout is not None and not process.stdout.closed:  # the test did not read to the end
                process.communicate(timeout=_TIMEOUT_SECONDS)

    def environment_of_process(self, **more: str) -> dict[str, str]:
        """The variables of a process that is started here; how large its terminal is, that itself says."""
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        return {**inherited, "HEADRACE_HOME": str(self.home), "TZ": "UTC", **self.environment, **more}


@contextmanager
def serving(terminal: Terminal) -> Generator[tuple[Started, str]]:
    """A server on this terminal's home, and the URL of its API."""
    with terminal.start("server", "start", "--port", "0", until="export HEADRACE_API_URL=") as server:
        yield server, server.line.rstrip().rpartition("=")[2]


def _read_all(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            read = os.read(descriptor, 65536)
        except OSError:  # Linux: the other side was closed
            return
        if not read:
            return
        yield read


def _set_columns(screen: int, columns: int) -> None:
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
