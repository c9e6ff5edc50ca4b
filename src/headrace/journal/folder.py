"""A journal's folder: how it is born, what it holds, how it dies. Each step is one rename or one unlink.

    <home>/journals/<id>.new    being made; nobody reads it
    <home>/journals/<id>        a journal: `lock`, `header`, and the segments `states-00000001`, `logs-00000001` ...
    <home>/journals/<id>.dead   ended, being removed; nobody reads it
    kept, damaged               notes in it, for people: why it was left behind, what cannot be read

Whoever holds the lock owns the folder. Its name says what it is, so a rename is the birth, and a rename is the death.
"""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from headrace._kernel import crash_points
from headrace._stream import JournalIdentity
from headrace.journal import framing, locks, volumes
from headrace.journal.errors import DamagedJournal, UnusableHome
from headrace.journal.segments import MappedSegment, MemorySegment, WritableSegment, WrittenSegment

__all__ = [
    "DAMAGED",
    "FORMAT",
    "KEPT",
    "LOCK",
    "LOGS",
    "STATES",
    "Folder",
    "journal_folders",
    "journal_names",
    "journals_of",
    "read_header",
    "sweep_leftovers",
]

FORMAT: Final = 1
STATES: Final = "states"
LOGS: Final = "logs"
LOCK: Final = "lock"
KEPT: Final = "kept"
DAMAGED: Final = "damaged"
_HEADER: Final = "header"
_NEW: Final = ".new"
_DEAD: Final = ".dead"
# A sweeper can take the folder away once between its making and its lock, for each sweeper there is.
_BIRTH_ATTEMPTS: Final = 100


def journals_of(home: Path) -> Path:
    """The folder that holds all journals of a home."""
    return home / "journals"


class Folder:
    """One journal's folder, which this process owns by its lock; or is still to make."""

    def __init__(self, home: Path, identity: JournalIdentity, *, is_durable: bool, is_mapped: bool) -> None:
        self.identity = identity
        self.path = str(journals_of(home) / identity.journal_id.hex())
        self.is_mapped = is_mapped
        self._is_durable = is_durable
        self._lock: locks.FileLock | None = None
        self._is_over = False
        self._birth = threading.Lock()

    @classmethod
    def take(cls, path: Path) -> "Folder | None":
        """The folder of a dead process, now owned by this one; None where its process lives, or somebody was faster.

        DamagedJournal where the header cannot be read.
        """
        lock_path = str(path / LOCK)
        try:
            lock = locks.take(lock_path)
        except FileNotFoundError:
            if path.is_dir():
                raise DamagedJournal(f"The journal {path} has no lock file", path=str(path)) from None
            return None
        if lock is None:
            return None
        # Who waited for the lock may hold that of a folder which has been buried meanwhile.
        if not lock.is_still(lock_path):
            lock.release()
            return None
        try:
            identity = read_header(path)
        except BaseException:
            lock.release()
            raise
        folder = cls(path.parent.parent, identity, is_durable=False, is_mapped=True)
        folder.path = str(path)
        folder._lock = lock
        return folder

    def be_born(self) -> None:
        """Makes the folder, unless it is there; OSError where the disk does not let it, or the folder was let go."""
        with self._birth:
            if self._is_over:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
            if self._lock is None:
                self._lock = self._make()

    def _make(self) -> locks.FileLock:
        new = self.path + _NEW
        lock = self._make_locked(new)
        try:
            self._write_header(new)
            crash_points.reach("journal.birth.header")
            os.rename(new, self.path)
        except BaseException:
            _sweep(new)
            lock.release()
            raise
        self._sync(os.path.dirname(self.path))
        crash_points.reach("journal.birth.renamed")
        return lock

    def _make_locked(self, new: str) -> locks.FileLock:
        lock_path = os.path.join(new, LOCK)
        for _ in range(_BIRTH_ATTEMPTS):
            os.makedirs(new, exist_ok=True)
            crash_points.reach("journal.birth.made")
            try:
                lock = locks.take(lock_path, create=True)
            except FileNotFoundError:
                continue  # A sweeper found the folder empty.
            if lock is not None and lock.is_still(lock_path):
                crash_points.reach("journal.birth.locked")
                return lock
            if lock is not None:
                lock.release()
        raise UnusableHome(f"The folder {new} cannot be made: something removes it as fast as it is made")

    def _write_header(self, new: str) -> None:
        descriptor = os.open(os.path.join(new, _HEADER), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            volumes.write(descriptor, framing.frame(msgspec.msgpack.encode(self.identity)))
            if self._is_durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._sync(new)

    def _sync(self, folder: str) -> None:
        if self._is_durable:
            volumes.sync_folder(folder)

    def segment_path(self, series: str, number: int) -> str:
        """Where the segment of this number stands."""
        return os.path.join(self.path, f"{series}-{number:08d}")

    def segments(self, series: str) -> list[int]:
        """The numbers of the segments that are there, in order."""
        prefix = series + "-"
        return sorted(int(name[len(prefix) :]) for name in _names(self.path) if _is_segment(name, prefix))

    def new_segment(self, series: str, number: int, size: int) -> WritableSegment:
        """An empty segment on the disk; OSError, and nothing made, where the disk has no room for it."""
        self.be_born()
        path = self.segment_path(series, number)
        try:
            segment = self._new_segment(number, path, size)
            self._sync(self.path)
        except OSError:
            _unlink(path)
            raise
        crash_points.reach("journal.segment.allocated")
        return segment

    def _new_segment(self, number: int, path: str, size: int) -> WritableSegment:
        if self.is_mapped:
            try:
                return MappedSegment(number, path, size)
            except OSError as error:
                if error.errno in volumes.FULL:
                    raise
                # This file system does not map or does not allocate; it may still be written.
                self.is_mapped = False
        return WrittenSegment(number, path, size)

    def memory_segment(self, series: str, number: int, size: int) -> MemorySegment:
        """An empty segment in memory, for the time in which the disk is full."""
        return MemorySegment(number, self.segment_path(series, number), size)

    def write_segment(self, series: str, number: int, segment: MemorySegment) -> None:
        """Puts a segment from memory onto the disk in one step; OSError, and nothing made, where there is no room.

        The segment is sealed once its room is certain: while the disk stays full, it goes on taking records.
        """
        self.be_born()

        def fill(descriptor: int) -> None:
            volumes.allocate(descriptor, segment.size)
            segment.seal()
            volumes.write(descriptor, segment.read(0, segment.size))

        self._put_in_place(self.segment_path(series, number), fill)
        crash_points.reach("journal.memory.written")

    def replace_segment(self, series: str, number: int, frames: bytes, *, offset: int) -> bool:
        """Puts a segment with nothing but these frames, behind `offset`, in the place of one; False where it cannot."""
        path = self.segment_path(series, number)
        try:
            self._put_in_place(
                path, lambda descriptor: volumes.write_sparse(descriptor, frames, offset, os.stat(path).st_size)
            )
        except OSError:
            return False
        crash_points.reach("journal.bound.replaced")
        return True

    def _put_in_place(self, path: str, fill: Callable[[int], None]) -> None:
        partial = path + ".partial"
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
            try:
                fill(descriptor)
                if self._is_durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(partial, path)
        except OSError:
            _unlink(partial)
            raise
        self._sync(self.path)

    def remove_segment(self, series: str, number: int) -> None:
        """Removes a segment of which everything is stored."""
        if _unlink(self.segment_path(series, number)):
            crash_points.reach("journal.segment.unlinked")

    def note(self, kind: str, text: str) -> None:
        """Leaves a sentence for people in the folder, if the disk takes it."""
        try:
            Path(self.path, kind).write_text(text + "\n", encoding="utf-8")
        except OSError:
            return

    def die(self) -> None:
        """Ends the journal: its files go. A step that was not reached is taken by the next sweeper."""
        if self._lock is None:
            return
        dead = self.path + _DEAD
        try:
            os.rename(self.path, dead)
        except FileNotFoundError:
            self.release()  # Somebody removed the folder under us.
            return
        crash_points.reach("journal.death.renamed")
        _sweep(dead)
        crash_points.reach("journal.death.unlinked")
        self.release()

    def release(self) -> None:
        """Gives the lock back and leaves the files to whoever recovers them."""
        self._is_over = True
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def abandon(self) -> None:
        """Lets go in a forked child: the folder is the parent's."""
        self._birth = threading.Lock()
        self._is_over = True
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.abandon()


def read_header(path: Path) -> JournalIdentity:
    """Whose journal this is; DamagedJournal where its header cannot be read."""
    header = path / _HEADER
    try:
        parsed = framing.parse(header.read_bytes(), 1)
        identity = msgspec.msgpack.decode(parsed.payloads[0], type=JournalIdentity)
    except (OSError, IndexError, msgspec.DecodeError) as error:
        raise DamagedJournal(f"The header of the journal {path} cannot be read", path=str(header)) from error
    if identity.format > FORMAT:
        message = f"The journal {path} was written by a newer Headrace (format {identity.format}): recover it with that"
        raise DamagedJournal(message, path=str(header))
    return identity


def journal_names(home: Path) -> list[str]:
    """The journals in a home by the names of their folders, oldest first."""
    return sorted(filter(_is_journal, _names(str(journals_of(home)))))


def journal_folders(home: Path) -> list[Path]:
    """The journals in a home, oldest first."""
    folder = journals_of(home)
    return [folder / name for name in journal_names(home)]


def sweep_leftovers(home: Path) -> int:
    """Removes what processes left that died while they made or removed a journal; returns how many folders went."""
    swept = 0
    folder = journals_of(home)
    for name in _names(str(folder)):
        if name.endswith((_NEW, _DEAD)) and _sweep_if_abandoned(str(folder / name)):
            swept += 1
    return swept


def _sweep_if_abandoned(path: str) -> bool:
    lock_path = os.path.join(path, LOCK)
    try:
        lock = locks.take(lock_path)
    except FileNotFoundError:
        # The lock goes last and comes first: without it there is nothing to own, and rmdir spares what has files.
        return _rmdir(path)
    if lock is None:
        return False
    try:
        return lock.is_still(lock_path) and _sweep(path)
    finally:
        lock.release()


def _sweep(path: str) -> bool:
    """Removes a folder that this process has locked; the lock file goes last."""
    for name in sorted(_names(path), key=LOCK.__eq__):
        _unlink(os.path.join(path, name))
    return _rmdir(path)


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except FileNotFoundError:
        return []


def _is_journal(name: str) -> bool:
    return len(name) == 32 and not set(name) - set("0123456789abcdef")


def _is_segment(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name[len(prefix) :].isdecimal()


def _unlink(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _rmdir(path: str) -> bool:
    try:
        os.rmdir(path)
    except OSError:
        return False
    return True
