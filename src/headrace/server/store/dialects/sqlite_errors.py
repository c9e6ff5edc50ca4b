"""What SQLite's errors mean, said once: by its result codes (https://sqlite.org/rescode.html), never by its prose."""

import sqlite3
from typing import Final

from headrace.server.store.errors import RowRefused, StaleFacts, StoreCorrupt, StoreNewer, StoreUnavailable

__all__ = ["NEWER", "STALE", "corrupt", "foreign", "translated"]

# What the step's trigger raises; RAISE() takes only literals, so the fence stands behind the mark.
STALE: Final = "headrace:stale:"
NEWER: Final = "headrace:newer"

_CONSTRAINT: Final = 19
_DAMAGED: Final = {11: "its pages contradict each other", 26: "it is no SQLite database"}
_REFUSED: Final = {18: "a value is larger than SQLite takes", 20: "a value is of the wrong type"}
_UNAVAILABLE: Final = {
    3: "permission was denied; check who owns the file and its folder",
    5: "another process has held it for the whole waiting time; end that process or try again",
    6: "another process has held it for the whole waiting time; end that process or try again",
    7: "there is not enough memory",
    8: "it cannot be written; check the permissions of the file and its folder",
    10: "reading or writing the disk failed; check the disk and its free space",
    13: "the disk is full; make room",
    14: "it cannot be opened; check that its folder exists and can be written",
    15: "the locking protocol failed; a network file system is not safe for a database, move it to a local disk",
}
_UNIQUE_FENCES: Final = {
    "flow_runs.flow_id, flow_runs.idempotency_key": "idempotency_key",
    "index 'flow_runs_by_idempotency_key'": "idempotency_key",
}


def translated(exc: sqlite3.Error, path: str) -> Exception:
    """The store's error for a driver error; the driver error itself where it is a defect of ours (bad SQL)."""
    code: int = getattr(exc, "sqlite_errorcode", 0) & 0xFF
    if code == _CONSTRAINT:
        return _constraint(str(exc), path)
    if code in _DAMAGED:
        return corrupt(path, _DAMAGED[code])
    if code in _REFUSED:
        return RowRefused(_REFUSED[code])
    if code in _UNAVAILABLE:
        return StoreUnavailable(f"The database {path} cannot be used ({exc}): {_UNAVAILABLE[code]}.")
    return exc


def _constraint(message: str, path: str) -> Exception:
    if message.startswith(STALE):
        return StaleFacts(message.removeprefix(STALE))
    if message == NEWER:
        return StoreNewer(
            f"The database {path} has meanwhile been brought to the schema of a later Headrace, which this one must "
            f"not write. Upgrade this environment (pip install -U headrace). Nothing was changed."
        )
    kind, _, columns = message.partition(" constraint failed: ")
    if kind == "UNIQUE":
        return StaleFacts(_UNIQUE_FENCES.get(columns) or columns.partition(".")[0])
    return RowRefused(message)


def corrupt(path: str, what: str) -> StoreCorrupt:
    """The one message for a damaged file."""
    return StoreCorrupt(
        f"The database {path} is damaged: {what}. It was left as it is, and journals are kept. Restore the file from a "
        f"backup, or move it (with its -wal and -shm files) away to begin a new one; `headrace doctor` says more."
    )


def foreign(path: str) -> StoreCorrupt:
    """The one message for a database of something else."""
    return StoreCorrupt(
        f"The database {path} belongs to something else: it has tables, but not those of Headrace. It was left as it "
        f"is. Point HEADRACE_DATABASE_URL at another file."
    )
