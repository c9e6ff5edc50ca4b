"""A server as a process of its own: started in the background, and told to end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from headrace._kernel import clock
from headrace.cli.running.server_record import ServerRecord, is_running, log_file, recorded
from headrace.exceptions import HeadraceException

__all__ = ["DidNotStart", "start_in_background", "tell_to_end", "wait_until"]

START_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.02
_LARGEST_LOG_BYTES: Final = 10_000_000


class DidNotStart(HeadraceException):
    """A server in the background ended before it listened, or does not come to it."""


def start_in_background(home: Path, options: Sequence[str]) -> ServerRecord:
    """Starts `headrace server start` with these options, apart from this terminal, and waits until it listens."""
    log = log_file(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with open(log, "ab") as output:
        before = output.tell()
        server = subprocess.Popen(
            [sys.executable, "-m", "headrace", "server", "start", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # neither Ctrl-C nor the end of the terminal reaches it
        )

    def listens() -> bool:
        record = recorded(home)
        return server.poll() is not None or (record is not None and record.pid == server.pid)

    try:
        is_in_time = wait_until(listens, START_SECONDS)
    except BaseException:
        server.terminate()
        raise
    record = recorded(home)
    if record is not None and record.pid == server.pid:
        return record
    if not is_in_time:
        server.kill()
        raise DidNotStart(f"The server did not begin to listen within {START_SECONDS:.0f} s; {log} has what it said.")
    with open(log, "rb") as written:
        written.seek(before)
        said = written.read().decode(errors="replace").strip()
    raise DidNotStart(said.removeprefix("Error: ") or f"The server ended at once, with code {server.returncode}.")


def tell_to_end(home: Path, record: ServerRecord) -> bool:
    """Sends SIGTERM to the home's server; False where it has ended meanwhile. PermissionError where it is another's."""
    open_process: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
    if open_process is None:  # macOS
        os.kill(record.pid, signal.SIGTERM)
        return True
    try:
        descriptor = open_process(record.pid)
    except ProcessLookupError:
        return False
    try:
        # The process that this descriptor means is the server if the server still runs: then its id was not given away.
        if not is_running(home) or recorded(home) != record:
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits until something is so that another process brings about; False where it is not within so many seconds."""
    deadline = clock.monotonic() + seconds
    while not condition():
        if clock.monotonic() >= deadline:
            return False
        clock.sleep(_PAUSE_SECONDS)
    return True
