"""The bound on log lines that wait for the sink: the oldest are dropped, and counted in the log of their run.

A dropped segment is replaced, in one rename, by a small one of the same number that holds the counts, at the offset up
to which the segment was stored. So the order of the log stays, no position is used twice, and neither the reader nor a
recovery needs to know that anything was dropped.
"""

import os
import threading

from headrace._records import LogLine, decode_record, encode
from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import LOGS, Folder
from headrace.journal.framing import frame
from headrace.journal.positions import at, offset_of, segment_of
from headrace.journal.reader import SeriesReader
from headrace.journal.writer import SeriesWriter

__all__ = ["DroppedLines", "LogBound"]

_WARNING = 30
_LOGGER = "headrace.journal"
_RECORDS_AT_ONCE = 10_000


class DroppedLines:
    """How many lines of which run were dropped."""

    def __init__(self) -> None:
        # Re-entrant: a signal handler may log while its own thread is in here.
        self._lock = threading.RLock()
        self._by_run: dict[tuple[bytes | None, bytes | None], tuple[int, int]] = {}

    def add(self, encoded: bytes) -> None:
        """Counts a record, where it can be read."""
        try:
            line = decode_record(encoded)
        except ValueError:
            return
        if isinstance(line, LogLine):
            # A flow run's tasks share its log: one sentence for all of them.
            run = (line.flow_run_id, None if line.flow_run_id else line.task_run_id)
            with self._lock:
                count, _ = self._by_run.get(run, (0, 0))
                self._by_run[run] = count + 1, line.at

    def take_notices(self, why: str) -> list[bytes]:
        """A line for the log of each run, encoded; the counts begin anew."""
        with self._lock:
            by_run, self._by_run = self._by_run, {}
        return [
            encode(
                LogLine(flow, task, last_at, _WARNING, _LOGGER, f"{count} lines of this log were dropped here: {why}")
            )
            for (flow, task), (count, last_at) in by_run.items()
        ]


class LogBound:
    """Keeps the undrained log segments of one journal within a bound. Only who has the turn to drain calls it."""

    def __init__(self, folder: Folder, writer: SeriesWriter, *, bound_bytes: int) -> None:
        self._folder = folder
        self._writer = writer
        self._bound_bytes = bound_bytes
        self._dropped: set[int] = set()

    def enforce(self, stored: int) -> bool:
        """Drops the oldest segments behind the cursor `stored` until the rest is within the bound; whether any went."""
        # Looked at from afar first: this is asked at each tick.
        if self._writer.size() <= self._bound_bytes:
            return False
        newest = segment_of(self._writer.end())
        oldest = max(segment_of(stored), 1)
        sizes = {number: self._bytes_on_disk(number) for number in range(oldest, newest + 1)}
        excess = sum(sizes.values()) - self._bound_bytes
        has_dropped = False
        for number in range(oldest, newest):
            # One that is in memory alone is bounded there.
            if excess > 0 and sizes[number] and number not in self._dropped:
                if not self._drop(number, max(stored, at(number, 0))):
                    break
                self._dropped.add(number)
                excess -= sizes[number]
                has_dropped = True
        return has_dropped

    def _bytes_on_disk(self, number: int) -> int:
        try:
            # Blocks and not length: a replaced segment is mostly a hole.
            return os.stat(self._folder.segment_path(LOGS, number)).st_blocks * 512
        except FileNotFoundError:
            return 0

    def _drop(self, number: int, start: int) -> bool:
        dropped = DroppedLines()
        reader = SeriesReader(self._writer)
        cursor, is_complete = start, False
        try:
            while not is_complete:
                chunk = reader.read(cursor, until=at(number + 1, 0), max_records=_RECORDS_AT_ONCE)
                for payload in chunk.payloads:
                    dropped.add(payload)
                cursor, is_complete = chunk.end, chunk.is_complete
        except DamagedJournal:
            return False  # Damage is kept to be looked at.
        why = f"more than {self._bound_bytes / (1 << 20):.3g} MiB of lines waited to be stored."
        notices = b"".join(frame(notice) for notice in dropped.take_notices(why))
        return self._folder.replace_segment(LOGS, number, notices, offset=offset_of(start))
