"""Other processes for tests: run to their end, or waited for by what they say."""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["run_python", "start_python"]

ROOT = Path(__file__).parents[2]


def _environment(crash_point: str | None) -> dict[str, str]:
    added = {"HEADRACE_TEST_CRASH_POINT": crash_point} if crash_point else {}
    return {**os.environ, "PYTHONPATH": str(ROOT), **added}


def run_python(*arguments: object, crash_point: str | None = None, timeout_seconds: float = 60) -> int:
    """Runs a Python process to its end; its exit code, negative for a signal. What it prints is shown by pytest."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env=_environment(crash_point), timeout=timeout_seconds, check=False
    )
    return done.returncode


def start_python(*arguments: object, crash_point: str | None = None) -> subprocess.Popen[str]:
    """Starts a Python process whose lines can be read and that can be spoken to."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=_environment(crash_point),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
