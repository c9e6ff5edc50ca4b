"""Journals on the disk for tests: records of every kind, folders whose process is as good as dead, series in them."""

from collections.abc import Iterable
from pathlib import Path

from headrace._kernel import ids
from headrace._records import FlowRunBegun, FlowRunConcluded, LogLine, StateRecord, TaskRunMoved, encode
from headrace._stream import JournalIdentity
from headrace.journal import JournalOptions, Key
from headrace.journal.folder import LOGS, STATES, Folder
from headrace.journal.overflow import Overflow
from headrace.journal.writer import SeriesWriter

__all__ = [
    "begin",
    "conclude",
    "identity",
    "key_of",
    "line",
    "make_folder",
    "orphan",
    "quiet",
    "report",
    "write_series",
]


def quiet(**options: object) -> JournalOptions:
    """Options under which the drainer does nothing by itself: barriers and the end do all draining."""
    return JournalOptions(**{"tick_seconds": 3600, "idle_tick_seconds": 3600, **options})  # type: ignore[arg-type]


def identity(**fields: object) -> JournalIdentity:
    """An identity with a journal id of its own."""
    known = {"sink_id": "recording", "host": "here", "boot_id": "", "pid": 1, "started_at": 1}
    return JournalIdentity(**{"journal_id": ids.new_id(), **known, **fields})  # type: ignore[arg-type]


def state(ordinal: int, type_: str = "RUNNING", message: str | None = None) -> StateRecord:
    return StateRecord(1, ordinal, type_, type_.capitalize(), 1_000_000 + ordinal, message)


def begin(run_id: bytes) -> bytes:
    """A proposal."""
    states = (state(1, "PENDING"), state(2))
    return encode(FlowRunBegun(run_id, 1, "flow", "name", 1_000_000, states))


def conclude(run_id: bytes, ordinal: int = 3) -> bytes:
    """A proposal behind everything else."""
    return encode(FlowRunConcluded(run_id, state(ordinal, "COMPLETED")))


def key_of(run_id: bytes, ordinal: int) -> Key:
    return run_id, 1, ordinal


def report(number: int, size: int = 0) -> bytes:
    """A report that is told from others by its number, padded to some size."""
    return encode(TaskRunMoved(number.to_bytes(16, "big"), state(1, message="x" * size)))


def line(run_id: bytes | None, number: int, size: int = 0) -> bytes:
    """A line of a log."""
    return encode(LogLine(run_id, None, number, 20, "test", f"{number}" + "x" * size))


def make_folder(home: Path, *, is_mapped: bool = True, **fields: object) -> Folder:
    """A journal's folder, born and locked by this process."""
    folder = Folder(home, identity(**fields), is_durable=False, is_mapped=is_mapped)
    folder.be_born()
    return folder


def write_series(folder: Folder, series: str, records: Iterable[bytes], segment_bytes: int = 1 << 16) -> SeriesWriter:
    """Appends records as a process does."""
    writer = SeriesWriter(series, folder, Overflow(1 << 20, _fail), segment_bytes=segment_bytes)
    for record in records:
        writer.append(record)
    return writer


def orphan(
    home: Path,
    *,
    states: Iterable[bytes] = (),
    logs: Iterable[bytes] = (),
    segment_bytes: int = 1 << 16,
    **fields: object,
) -> Path:
    """The folder of a journal whose lock nobody holds, as a killed process leaves it."""
    folder = make_folder(home, **fields)
    write_series(folder, STATES, states, segment_bytes)
    write_series(folder, LOGS, logs, segment_bytes)
    folder.release()
    return Path(folder.path)


def _fail(message: str) -> None:
    raise AssertionError(message)
