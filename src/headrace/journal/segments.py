"""Segments: files of a fixed size to which frames are appended, and what a reader sees of each.

`MappedSegment` is the usual one: an append is one `mmap.write`, a single C call that the GIL makes atomic, without a
system call and without a lock; the kernel keeps the pages when the process dies. `WrittenSegment` is the same by
`pwrite` where a file cannot be mapped. `MemorySegment` holds records while the disk is full. `FileSegment` is any of
them once nothing more is appended.
"""

import mmap
import os
import sys
from collections.abc import Callable
from enum import Enum
from typing import Final, Protocol

from headrace.journal.volumes import allocate, sync_file

__all__ = [
    "APPENDS_ARE_ATOMIC",
    "FileSegment",
    "MappedSegment",
    "MemorySegment",
    "ReadableSegment",
    "Tail",
    "WritableSegment",
    "WrittenSegment",
]

# Without the GIL two threads can be inside mmap.write at once; then appends take the series' lock.
APPENDS_ARE_ATOMIC: Final[bool] = getattr(sys, "_is_gil_enabled", lambda: True)()


class Tail(Enum):
    """What stands at the extent that a segment tells."""

    EXACT = "the last record ends there; more may follow"
    SEALED = "nothing more will follow; the records end there or before"
    UNKNOWN = "the writer is dead: the records end there or before, the last one perhaps torn"


class ReadableSegment(Protocol):
    """What a reader needs of a segment."""

    @property
    def number(self) -> int: ...

    @property
    def path(self) -> str: ...

    def extent(self) -> tuple[int, Tail]:
        """Up to which offset there may be records; to be asked before what is read."""
        ...

    def certain(self) -> int:
        """Of a sealed segment: up to which offset zeros cannot be the end of the records, but for damage."""
        ...

    def read(self, offset: int, count: int) -> bytes: ...

    def close(self) -> None: ...


class WritableSegment(ReadableSegment, Protocol):
    """What a writer needs of a segment."""

    @property
    def size(self) -> int: ...

    @property
    def takes_any_thread(self) -> bool:
        """Whether `write` may be called without a lock."""
        ...

    @property
    def write(self) -> Callable[[bytes], int]:
        """Appends a frame; ValueError where it does not fit, and nothing is written then."""
        ...

    def end(self) -> int:
        """The offset behind the last record; `size` once sealed."""
        ...

    def seal(self) -> None:
        """Makes every later `write` fail."""
        ...

    def sync(self) -> None:
        """Waits until what was appended would survive a loss of power."""
        ...


class _Mapping:
    """A mapping that frames are appended to by `mmap.write`."""

    takes_any_thread = APPENDS_ARE_ATOMIC

    def __init__(self, number: int, path: str, mapping: mmap.mmap) -> None:
        self.number, self.path, self.size = number, path, len(mapping)
        self._map = mapping
        self._end_before_seal = 0
        self.write: Callable[[bytes], int] = mapping.write

    def end(self) -> int:
        return self._map.tell()

    def seal(self) -> None:
        end = self._map.tell()
        if end < self.size:
            self._end_before_seal = end
        # One C call as well: an append comes wholly before it, or fails.
        self._map.seek(self.size)

    def extent(self) -> tuple[int, Tail]:
        end = self._map.tell()
        # A record that slipped in between a failed append and the seal lies before it: once the seal is seen, zeros
        # alone say where the records end.
        return end, Tail.SEALED if end == self.size else Tail.EXACT

    def certain(self) -> int:
        return self._end_before_seal or self.size

    def read(self, offset: int, count: int) -> bytes:
        return self._map[offset : offset + count]

    def close(self) -> None:
        self._map.close()


class MappedSegment(_Mapping):
    """A file that is mapped."""

    def __init__(self, number: int, path: str, size: int) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            allocate(descriptor, size)
            # The mapping keeps a descriptor of its own. No lock is ever taken on this file.
            mapping = mmap.mmap(descriptor, size)
            # Without this the first append has the kernel fill the cache for the whole segment: 2 ms for 8 MiB, and as
            # much to write to the disk, which most scripts never use. With it a page is made when it is reached.
            mapping.madvise(mmap.MADV_RANDOM)
            super().__init__(number, path, mapping)
        finally:
            os.close(descriptor)

    def sync(self) -> None:
        sync_file(self.path)


class MemorySegment(_Mapping):
    """Records that wait in memory until the disk has room again."""

    def __init__(self, number: int, path: str, size: int) -> None:
        super().__init__(number, path, mmap.mmap(-1, size))

    def sync(self) -> None:
        """Memory survives nothing: the records are safe once they are stored, or written out."""


class WrittenSegment:
    """A file that is appended to by `pwrite`, by one thread at a time."""

    takes_any_thread = False

    def __init__(self, number: int, path: str, size: int) -> None:
        self.number, self.path, self.size = number, path, size
        self._end = 0
        self._is_sealed = False
        self._descriptor = -1
        # Emptied: a segment of this number may have been begun, and given up before it held a record.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)

    @property
    def write(self) -> Callable[[bytes], int]:
        return self._write

    def _write(self, frame: bytes) -> int:
        if self._is_sealed or self._end + len(frame) > self.size:
            raise ValueError("the segment is full")
        written = 0
        try:
            while written < len(frame):
                written += os.pwrite(self._descriptor, frame[written:], self._end + written)
        except OSError:
            # A part of a frame in the middle of a series would be damage.
            os.ftruncate(self._descriptor, self._end)
            raise
        self._end += len(frame)
        return len(frame)

    def end(self) -> int:
        return self.size if self._is_sealed else self._end

    def seal(self) -> None:
        self._is_sealed = True

    def extent(self) -> tuple[int, Tail]:
        is_sealed = self._is_sealed
        return self._end, Tail.SEALED if is_sealed else Tail.EXACT

    def certain(self) -> int:
        return self._end

    def read(self, offset: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, offset)

    def sync(self) -> None:
        sync_file(self.path)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


class FileSegment:
    """A file to which nothing more is appended."""

    def __init__(self, number: int, path: str, tail: Tail) -> None:
        self.number, self.path = number, path
        self._tail = tail
        self._descriptor = -1
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._descriptor).st_size

    def extent(self) -> tuple[int, Tail]:
        return self._size, self._tail

    def certain(self) -> int:
        return self._size

    def read(self, offset: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, offset)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()
