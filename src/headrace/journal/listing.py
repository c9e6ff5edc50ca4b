"""What journals a home holds, and how each is: for the command line, which reads and changes nothing."""

from pathlib import Path
from typing import Literal

import msgspec

from headrace._stream import Sink
from headrace.journal import locks
from headrace.journal.draining import LARGE_BATCH
from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import DAMAGED, KEPT, LOCK, LOGS, STATES, Folder, journal_folders, read_header
from headrace.journal.positions import BEYOND, ORIGIN, at
from headrace.journal.reader import SeriesReader
from headrace.journal.recovery import FolderSource

__all__ = ["JournalInfo", "JournalStatus", "is_alive", "list_journals"]

JournalStatus = Literal["alive", "orphan", "kept", "damaged"]


class JournalInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One journal.

    Attributes:
        status: "alive" (its process runs, or is being recovered), "kept" (its process ended in order and could not
            store everything), "orphan" (its process died), "damaged" (a part of it cannot be read).
        bytes_on_disk: what its files occupy.
        records: how many records wait for the sink; without a sink, how many there are, stored ones included.
        note: why it was kept, or what is damaged.
    """

    journal_id: bytes
    path: str
    status: JournalStatus
    sink_id: str = ""
    host: str = ""
    boot_id: str = ""
    pid: int = 0
    started_at: int = 0
    bytes_on_disk: int = 0
    records: int = 0
    note: str | None = None


def is_alive(folder: Path) -> bool:
    """Whether a living process holds the journal in this folder."""
    return locks.is_held(str(folder / LOCK))


def list_journals(home: Path, *, sink: Sink | None = None) -> list[JournalInfo]:
    """The journals in `home`, oldest first. With their `sink`, records are counted from what it has stored."""
    found: list[JournalInfo] = []
    for path in journal_folders(home):
        try:
            found.append(_look_at(path, sink))
        except FileNotFoundError:
            continue  # It ended while it was looked at.
    return found


def _look_at(path: Path, sink: Sink | None) -> JournalInfo:
    alive = is_alive(path)
    damaged, kept = _note(path, DAMAGED), _note(path, KEPT)
    size = sum(_bytes_on_disk(file) for file in path.iterdir())
    journal_id = bytes.fromhex(path.name)
    try:
        identity = read_header(path)
    except DamagedJournal as damage:
        return JournalInfo(
            journal_id=journal_id, path=str(path), status="damaged", bytes_on_disk=size, note=str(damage)
        )
    folder = Folder(path.parent.parent, identity, is_durable=False, is_mapped=False)
    cursors = sink.cursors(identity) if sink is not None and identity.sink_id in sink.sink_ids else None
    states, logs = cursors or (ORIGIN, ORIGIN)
    return JournalInfo(
        journal_id=journal_id,
        path=str(path),
        status="alive" if alive else "damaged" if damaged else "kept" if kept else "orphan",
        sink_id=identity.sink_id,
        host=identity.host,
        boot_id=identity.boot_id,
        pid=identity.pid,
        started_at=identity.started_at,
        bytes_on_disk=size,
        records=_count(folder, STATES, states) + _count(folder, LOGS, logs),
        note=damaged or kept,
    )


def _count(folder: Folder, series: str, start: int) -> int:
    """Records behind `start`, up to the first that cannot be read."""
    reader = SeriesReader(FolderSource(folder, series))
    count, start = 0, max(start, at(min(folder.segments(series), default=1), 0))
    try:
        while True:
            chunk = reader.read(start, until=BEYOND, max_records=LARGE_BATCH)
            count += len(chunk.payloads)
            if chunk.is_complete:
                return count
            start = chunk.end
    except DamagedJournal:
        return count


def _bytes_on_disk(file: Path) -> int:
    try:
        return file.stat().st_blocks * 512
    except FileNotFoundError:
        return 0  # A segment that is stored meanwhile.


def _note(path: Path, kind: str) -> str | None:
    try:
        return (path / kind).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
