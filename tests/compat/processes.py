"""Processes in which the alias is asked for, one way or another."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ended", "python"]

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


def python(*arguments: object, folder: Path, interpreter: Path | str = sys.executable, **environment: str) -> Ended:
    """Runs an interpreter in `folder` to its end; its home is there too."""
    done = subprocess.run(
        [str(interpreter), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "HEADRACE_HOME": str(folder / "home"), **environment},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
