"""The companions of scripts that report to a server, as the system sees them."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["await_companion", "companions", "kill_companion"]

PATIENCE_SECONDS = 60.0


def companions(home: Path) -> dict[int, int]:
    """The companions of this home's scripts by their numbers, each with that of its parent."""
    found: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            command = (process / "cmdline").read_bytes()
            if b"companion" in command and repr(str(home)).encode() in command:
                found[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def await_companion(home: Path, script: int) -> int:
    """The number of the companion of the only script of this home, once it is no child of that."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while script in (found := companions(home)).values() or len(found) != 1:
        assert time.monotonic() < deadline, f"no companion was started: {found}"
        time.sleep(0.01)
    return next(iter(found))


def kill_companion(home: Path, script: int) -> None:
    """Kills it, once it is there."""
    os.kill(await_companion(home, script), signal.SIGKILL)
