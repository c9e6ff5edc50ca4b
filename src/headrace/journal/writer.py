"""The appending side of one series: a lock-free fast path, and a slow path that opens segments and keeps the order.

`append` is one pack, one checksum and one `write` of the current segment. A ValueError from `write` (the segment is
full, sealed, or may only be written under the lock) leads to the slow path. There every frame goes through one queue,
under one lock; `write` is published only when the queue is empty, so that no thread's later record passes an earlier
one. A signal handler or finaliser that reports while its own thread is inside the slow path finds the queue in use,
leaves its frame there, and returns.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final
from zlib import crc32

from headrace._kernel import clock, crash_points
from headrace.journal.errors import StaleJournal
from headrace.journal.folder import Folder
from headrace.journal.framing import HEADER_BYTES, MAX_PAYLOAD_BYTES, frame, pack_header
from headrace.journal.overflow import MEMORY_SEGMENT_BYTES, Overflow
from headrace.journal.positions import ORIGIN, at, segment_of
from headrace.journal.segments import FileSegment, MemorySegment, ReadableSegment, Tail, WritableSegment

__all__ = ["SeriesWriter"]

_CAP_WAIT_SECONDS: Final = 0.05


def _take_slow_path(framed: bytes) -> int:
    raise ValueError("no segment takes records without the lock")


class SeriesWriter:
    """Appends to one series of a journal, and opens its segments to the reader of the same process.

    `when_full` takes what finds no room in memory either, when the disk is full and the bound reached; None: wait.
    """

    append: Callable[[bytes], None]

    def __init__(
        self,
        series: str,
        folder: Folder,
        overflow: Overflow,
        *,
        segment_bytes: int,
        is_durable: bool = False,
        when_full: Callable[[bytes], None] | None = None,
    ) -> None:
        self.series = series
        self._folder = folder
        self._overflow = overflow
        self._segment_bytes = segment_bytes
        self._is_durable = is_durable
        self._when_full = when_full
        self._current: WritableSegment | None = None
        self._in_memory: dict[int, MemorySegment] = {}
        self._oldest = 1  # the first segment that may still have to be removed
        self._waiting: deque[bytes] = deque()
        self._lock = threading.RLock()
        self._is_settling = False
        self._is_disk_full = False
        self._stale: str | None = None
        self.homeless = 0  # records that were still waiting for room when the series was retired
        self._sizes: dict[int, int] = {}
        self.append, self._publish = self._bind()

    def _bind(self) -> tuple[Callable[[bytes], None], Callable[[Callable[[bytes], int]], None]]:
        write = _take_slow_path
        slow = self._append_slowly

        def append(encoded: bytes) -> None:
            """Appends a record, which is not empty; StaleJournal where the journal was closed, or is the parent's."""
            try:
                write(pack_header(len(encoded), crc32(encoded)) + encoded)
            except ValueError:
                slow(encoded)

        def publish(new_write: Callable[[bytes], int]) -> None:
            nonlocal write
            write = new_write

        def append_and_die(encoded: bytes) -> None:
            crash_points.reach("journal.append.before")
            append(encoded)
            crash_points.reach("journal.append.after")

        is_armed = crash_points.armed("journal.append.before") or crash_points.armed("journal.append.after")
        return (append_and_die if is_armed else append), publish

    def _append_slowly(self, encoded: bytes) -> None:
        if len(encoded) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"A record of {len(encoded)} bytes is too large: the bound is {MAX_PAYLOAD_BYTES}")
        with self._lock:
            if self._stale is not None:
                raise StaleJournal(self._stale)
            self._waiting.append(frame(encoded))
            self._settle()

    def settle(self) -> None:
        """Appends what an interrupted append may have left in the queue."""
        # Who holds the lock settles; and he may hold it for long, waiting for room.
        if self._waiting and self._lock.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._lock.release()

    def _settle(self) -> None:
        if self._is_settling:
            return
        # What a signal handler leaves behind the inner loop's last look is seen by the outer one.
        while self._waiting:
            self._is_settling = True
            try:
                while self._waiting:
                    self._put(self._waiting[0])
                    self._waiting.popleft()
                current = self._current
                self._publish(current.write if current is not None and current.takes_any_thread else _take_slow_path)
            finally:
                self._is_settling = False

    def _put(self, framed: bytes) -> None:
        current = self._current
        if current is not None:
            try:
                current.write(framed)
                return
            except ValueError:
                current.seal()
            except OSError as error:
                current.seal()
                self._turn_to_memory(error)
            crash_points.reach("journal.segment.sealed")
            self._sync_sealed(current)
        following = self._next_segment(1 if current is None else current.number + 1, len(framed))
        if following is None:
            assert self._when_full is not None
            self._when_full(framed[HEADER_BYTES:])
            return
        self._sizes[following.number] = following.size
        # The reader may look into the new segment from here on; appenders follow once the queue is empty.
        self._current = following
        following.write(framed)

    def _sync_sealed(self, segment: WritableSegment) -> None:
        # Barriers sync the open segment alone.
        if self._is_durable:
            try:
                segment.sync()
            except OSError as error:
                self._overflow.tell_of_disk(self._folder.path, error)

    def _next_segment(self, number: int, needed: int) -> WritableSegment | None:
        if not self._is_disk_full:
            try:
                return self._folder.new_segment(self.series, number, max(self._segment_bytes, needed))
            except OSError as error:
                self._turn_to_memory(error)
        size = max(min(MEMORY_SEGMENT_BYTES, self._segment_bytes), needed)
        while not self._overflow.reserve(size):
            self._overflow.tell_of_cap()
            if self._when_full is not None:
                return None
            if self._stale is not None:
                raise StaleJournal(self._stale)
            clock.sleep(_CAP_WAIT_SECONDS)
            if self._write_out():
                return self._next_segment(number, needed)
        segment = self._folder.memory_segment(self.series, number, size)
        self._in_memory[number] = segment
        return segment

    def _turn_to_memory(self, error: OSError) -> None:
        # Until all of this series is on the disk again: a later segment there would leave a gap before it.
        self._is_disk_full = True
        self._overflow.tell_of_disk(self._folder.path, error)

    def write_out(self) -> bool:
        """Puts what waits in memory onto the disk; whether nothing waits there any more."""
        if not self._is_disk_full:
            return True
        # An appender that waits for room holds the lock, and does this itself.
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return not self._is_settling and self._write_out()
        finally:
            self._lock.release()

    def _write_out(self) -> bool:
        # Until none is left: a signal handler may report, and open one more, in between.
        while self._in_memory:
            for number, segment in sorted(self._in_memory.items()):
                try:
                    self._folder.write_segment(self.series, number, segment)
                except OSError:
                    return False
                self._forget(number)
        self._is_disk_full = False
        return True

    def _forget(self, number: int) -> None:
        segment = self._in_memory.pop(number, None)
        if segment is not None:
            self._overflow.give_back(segment.size)

    def end(self) -> int:
        """The position behind all that was appended before this call."""
        current = self._current
        return ORIGIN if current is None else at(current.number, current.end())

    def find(self, number: int) -> ReadableSegment | None:
        """The segment of this number; None where there is none yet."""
        current = self._current
        if current is None or number > current.number:
            return None
        if number == current.number:
            return current
        return self._in_memory.get(number) or FileSegment(
            number, self._folder.segment_path(self.series, number), Tail.SEALED
        )

    def release_behind(self, cursor: int) -> None:
        """Removes the segments of which everything is stored."""
        while self._oldest < segment_of(cursor):
            self._forget(self._oldest)
            self._folder.remove_segment(self.series, self._oldest)
            self._sizes.pop(self._oldest, None)
            self._oldest += 1

    def sync(self) -> None:
        """Makes all that was appended before this call survive a loss of power."""
        current = self._current
        if current is not None:
            current.sync()

    def retire(self, reason: str) -> None:
        """Takes nothing more: every later append raises StaleJournal with this reason."""
        self._stale = reason  # First: who waits for room, under the lock, gives up.
        with self._lock:
            try:
                self._settle()
            except StaleJournal:
                self.homeless = len(self._waiting)
            self._publish(_take_slow_path)
            if self._current is not None:
                self._current.seal()

    def abandon(self, reason: str) -> None:
        """Lets go of the parent's segments in a forked child, where no other thread runs."""
        self._publish(_take_slow_path)
        self._stale = reason
        self._lock = threading.RLock()
        self._waiting.clear()
        current, self._current = self._current, None
        self._in_memory.clear()
        if current is not None:
            current.close()

    def first_in_memory(self) -> int | None:
        """The number of the first segment that is on no disk; None where all are on one."""
        return min(list(self._in_memory), default=None)

    def size(self) -> int:
        """How many bytes all segments have of which not everything is stored."""
        return sum(list(self._sizes.values()))
