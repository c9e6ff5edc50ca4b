"""The server of a home: a lock says that it runs, and a small file beside it says where and as which process.

The kernel gives the lock back however the server ends, so that nothing that a dead one left is taken for a living one:
a file that was never removed, a process id that is another program's by now, a machine that has been started anew.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from headrace.exceptions import HeadraceException
from headrace.journal.hosts import boot_id, host_name
from headrace.journal.locks import is_held, take

__all__ = ["Claim", "ServerRecord", "ServerRuns", "claimed", "is_here", "is_running", "log_file", "recorded"]

_LOCK: Final = "server.lock"
_RECORD: Final = "server.json"
_LOG: Final = "server.log"


class ServerRuns(HeadraceException):
    """A home has a server already."""


class ServerRecord(msgspec.Struct, frozen=True):
    """Where a server is, as it wrote it down when it began to listen."""

    pid: int
    host: str
    boot_id: str
    started_at: int  # microseconds since the epoch
    url: str  # of its pages; its API is below
    version: str
    database: str  # its URL, without the password


class Claim:
    """This process is the server of a home."""

    def __init__(self, home: Path) -> None:
        self._file = home / _RECORD

    def announce(self, url: str, *, version: str, database: str, now: int) -> None:
        """Says where the server listens; whoever looks sees all of it or nothing."""
        record = ServerRecord(os.getpid(), host_name(), boot_id(), now, url, version, database)
        draft = self._file.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(record))
        draft.replace(self._file)


@contextmanager
def claimed(home: Path) -> Generator[Claim]:
    """The claim to be the server of this home, for as long as the block lasts; ServerRuns where it has one."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = take(str(home / _LOCK), create=True)
    if lock is None:
        raise ServerRuns(_why_not(home))
    try:
        (home / _RECORD).unlink(missing_ok=True)  # of a server that was killed
        yield Claim(home)
    finally:
        (home / _RECORD).unlink(missing_ok=True)
        lock.release()


def is_running(home: Path) -> bool:
    """Whether the home has a server, which may not listen yet, or not any more."""
    return is_held(str(home / _LOCK))


def recorded(home: Path) -> ServerRecord | None:
    """What the home's server wrote down; None where it does not listen. Of a dead one, too: `is_running` tells."""
    try:
        return msgspec.json.decode((home / _RECORD).read_bytes(), type=ServerRecord)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def is_here(record: ServerRecord) -> bool:
    """Whether the record's process id means a process of this machine, since its last start."""
    return (record.host, record.boot_id) == (host_name(), boot_id())


def log_file(home: Path) -> Path:
    """Where a server in the background writes."""
    return home / _LOG


def _why_not(home: Path) -> str:
    record = recorded(home)
    where = f"at {record.url} (process {record.pid} of {record.host})" if record is not None else "and is just starting"
    return (
        f"The home {home} has a server already, {where}. `headrace server stop` ends it; for one more, set "
        "HEADRACE_HOME to a folder of its own."
    )
