"""The reading side of one series: the records behind a cursor. Drainer and recovery read by the same code.

What they read from differs in one thing, how the end is known: a living writer says where its last record ends; behind
a dead one the last segment ends at its zeros, or in one torn record. An unreadable frame anywhere else is damage.
"""

from enum import Enum
from typing import Final, Protocol

import msgspec

from headrace.journal.errors import DamagedJournal
from headrace.journal.framing import HEADER_BYTES, Parsed, Stop, holds_frame, is_blank, parse
from headrace.journal.positions import at, offset_of, segment_of
from headrace.journal.segments import ReadableSegment, Tail

__all__ = ["CHUNK_BYTES", "Chunk", "SegmentSource", "SeriesReader"]

CHUNK_BYTES: Final = 4 * 1024 * 1024
_READ_BYTES: Final = 256 * 1024
_LITTLE: Final = 4096  # where most likely nothing stands: each page that is read is one to be made


class SegmentSource(Protocol):
    """Where a reader finds the segments of a series."""

    def find(self, number: int) -> ReadableSegment | None:
        """The segment of this number; None where the series ends before it."""
        ...


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Consecutive records of a series."""

    end: int  # the cursor behind them
    positions: list[int]
    payloads: list[bytes]
    is_complete: bool  # nothing more was to be read up to the position that was asked for


class _Outcome(Enum):
    FULL = "the chunk is"
    CAUGHT_UP = "with what was appended so far"
    OVER = "the segment is; the next one follows"


class _Gathering:
    """The records of a chunk while it is read."""

    def __init__(self, max_records: int) -> None:
        self.positions: list[int] = []
        self.payloads: list[bytes] = []
        self._max_records = max_records
        self._size = 0

    @property
    def room(self) -> int:
        """How many more records the chunk takes; a record of any size has room in an empty one."""
        return self._max_records - len(self.payloads) if self._size < CHUNK_BYTES else 0

    def add(self, base: int, parsed: Parsed) -> None:
        self.positions.extend([base + offset for offset in parsed.offsets])
        self.payloads.extend(parsed.payloads)
        self._size += parsed.end


class SeriesReader:
    """Reads a series from any cursor; keeps the segment it read last open."""

    def __init__(self, source: SegmentSource) -> None:
        self._source = source
        self._segment: ReadableSegment | None = None

    def read(self, cursor: int, *, until: int, max_records: int) -> Chunk:
        """The records behind `cursor` and before `until`, which is the end of a record, or `BEYOND`.

        A chunk ends early at `max_records`, or at some `CHUNK_BYTES`. DamagedJournal where what stands behind `cursor`
        cannot be read; what stands before the damage is returned first.
        """
        if cursor >= until:
            # Two barriers: the later one stored more than the earlier one, which comes now, had asked for.
            return Chunk(cursor, [], [], is_complete=True)
        got = _Gathering(max_records)
        number, offset = max(segment_of(cursor), 1), offset_of(cursor)
        end, outcome = cursor, _Outcome.OVER
        try:
            while outcome is _Outcome.OVER:
                segment = self._open(number) if at(number, 0) < until else None
                if segment is None:
                    return Chunk(end, got.positions, got.payloads, is_complete=True)
                offset, outcome = _read_segment(segment, offset, until, got)
                if outcome is _Outcome.OVER:
                    number, offset = number + 1, 0
                end = at(number, offset)
        except DamagedJournal:
            if not got.payloads:
                raise
            end, outcome = got.positions[-1] + HEADER_BYTES + len(got.payloads[-1]), _Outcome.FULL
        return Chunk(end, got.positions, got.payloads, outcome is _Outcome.CAUGHT_UP or end >= until)

    def forget(self) -> None:
        """Lets go of the open segment: its file was replaced, or belongs to the parent process."""
        self._segment = None

    def _open(self, number: int) -> ReadableSegment | None:
        segment = self._segment
        if segment is None or segment.number != number:
            # The one before is closed by its last owner, which may be the writer.
            try:
                segment = self._source.find(number)
            except FileNotFoundError as error:
                message = f"The segment {error.filename} is missing, and records of it were not stored yet."
                raise DamagedJournal(message, path=error.filename) from error
            self._segment = segment
        return segment


def _read_segment(segment: ReadableSegment, offset: int, until: int, got: _Gathering) -> tuple[int, _Outcome]:
    """Gathers the records of one segment behind `offset`; returns the offset behind them."""
    extent, tail = segment.extent()
    if segment.number == segment_of(until) and offset_of(until) < extent:
        extent, tail = offset_of(until), Tail.EXACT
    needed = 0
    while room := got.room:
        if offset == extent:
            return offset, _Outcome.OVER if tail is Tail.SEALED else _Outcome.CAUGHT_UP
        ahead = _READ_BYTES if tail is not Tail.SEALED or offset < segment.certain() else _LITTLE
        count = min(max(ahead, needed), extent - offset)
        data = segment.read(offset, count) if count > 0 else b""
        if count <= 0 or len(data) != count:
            raise _damaged(
                segment, offset, "lies behind the end of the file, and records before it were not stored yet"
            )
        parsed = parse(data, room)
        got.add(at(segment.number, offset), parsed)
        offset, needed = offset + parsed.end, parsed.needed
        is_readable = parsed.stop is Stop.LIMIT or (parsed.stop is Stop.SHORT and offset + needed <= extent)
        if not is_readable and offset < extent:
            if parsed.stop is Stop.BLANK and tail is Tail.SEALED and offset >= segment.certain():
                return offset, _Outcome.OVER
            return offset, _judge_unreadable(segment, offset, extent, tail)
    return offset, _Outcome.FULL


def _judge_unreadable(segment: ReadableSegment, offset: int, extent: int, tail: Tail) -> _Outcome:
    """Whether what stands at `offset` is the end of the records; DamagedJournal where it is not."""
    rest = segment.read(offset, extent - offset)
    if tail is Tail.SEALED and is_blank(rest):
        return _Outcome.OVER
    # One append at most was under way when the process died: a torn record has nothing readable behind it.
    if tail is Tail.UNKNOWN and not holds_frame(rest):
        return _Outcome.CAUGHT_UP
    raise _damaged(segment, offset, "cannot be read, and it is not the end of the journal")


def _damaged(segment: ReadableSegment, offset: int, what: str) -> DamagedJournal:
    message = (
        f"{segment.path} is damaged: byte {offset} {what}. "
        "The files are kept as they are; what stands before is stored."
    )
    return DamagedJournal(message, path=segment.path, offset=offset)
