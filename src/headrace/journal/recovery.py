"""Recovery: what dead processes reported is stored, what they left unfinished is concluded, their folders go.

Anybody may recover, at any time, and several at once: the lock says who does. No user code is imported.

A process of a task runner's pool reports what belongs to flow runs of its parent. So its journal is left to the parent
while that lives. Where both are dead, the parent's journal is finished last: no flow run is terminal before its reports
are stored.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from headrace._kernel import clock, crash_points
from headrace._stream import Burial, JournalIdentity, Sink, SinkUnavailable
from headrace.journal import locks
from headrace.journal.draining import EVERYTHING, LARGE_BATCH, Cursors, Draining
from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import (
    DAMAGED,
    LOCK,
    LOGS,
    STATES,
    Folder,
    journal_folders,
    journal_names,
    journals_of,
    read_header,
    sweep_leftovers,
)
from headrace.journal.positions import BEYOND, ORIGIN, at
from headrace.journal.reader import SeriesReader
from headrace.journal.segments import FileSegment, ReadableSegment, Tail

__all__ = ["DamageFound", "FolderSource", "Recovered", "RecoveryReport", "describe_death", "recover", "recover_journal"]

# Somebody may have a look at a journal, and hold its lock for a moment.
_PATIENCE_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.01


class Recovered(msgspec.Struct, frozen=True):
    """One journal that is gone now."""

    identity: JournalIdentity
    records: int  # stored by this recovery
    burial: Burial | None  # None where it was buried before, or had told the sink nothing


class DamageFound(msgspec.Struct, frozen=True):
    """One journal that is kept, for a part of it cannot be read."""

    path: str
    message: str


class RecoveryReport(msgspec.Struct, frozen=True):
    """What a recovery did."""

    recovered: tuple[Recovered, ...] = ()
    damaged: tuple[DamageFound, ...] = ()
    passed_over: int = 0  # a process lives that is at them, somebody else recovers them, or their sink is another
    swept: int = 0  # left-overs of births and deaths
    unavailable: str | None = None  # why the sink took no more; the rest is kept


def describe_death(identity: JournalIdentity) -> str:
    """The sentence on runs whose process is gone: which process, and where."""
    return f"The process {identity.pid} on {identity.host} ended before this run did."


def recover(
    home: Path,
    sink: Sink,
    *,
    sink_id: str | None = None,
    message_for: Callable[[JournalIdentity], str] = describe_death,
    skip: Collection[bytes] = (),
) -> RecoveryReport:
    """Drains and buries the journals in `home` whose process is dead and whose sink is `sink_id` (None: `sink` itself).

    `skip` names journals that are left alone; those of this process are in any case. `message_for` says what happened
    to the runs that a journal left unfinished.
    """
    done = _Recovery(home, sink, sink.sink_ids if sink_id is None else {sink_id}, message_for)
    swept, unavailable = sweep_leftovers(home), None
    for path in journal_folders(home):
        if bytes.fromhex(path.name) in skip or path.name in done.finished:
            continue
        try:
            done.take_up(path)
        except (SinkUnavailable, OSError) as error:
            unavailable = str(error)
            break
    return RecoveryReport(tuple(done.recovered), tuple(done.damaged), done.passed_over, swept, unavailable)


def recover_journal(
    home: Path,
    journal_id: bytes,
    sink: Sink,
    message_for: Callable[[JournalIdentity], str] = describe_death,
    heed: Callable[[bytes], object] | None = None,
) -> None:
    """Drains and buries one journal in `home`, of a process that worked for this one, and is dead.

    `heed` hears its states first, as far as they are still there. SinkUnavailable where it is to be tried again, and
    OSError; where the journal is not there somebody has done it, and of a damaged one no more can be stored.
    """
    path = journals_of(home) / journal_id.hex()
    recovery, deadline = _Recovery(home, sink, sink.sink_ids, message_for), clock.monotonic() + _PATIENCE_SECONDS
    while not recovery.finish(path, heed) and path.exists():
        if clock.monotonic() > deadline:
            raise SinkUnavailable(f"The journal {path} of a process that has died is in use.")
        clock.sleep(_LOOK_SECONDS)


class _Recovery:
    """What one recovery has done so far, and which journals belong to which."""

    def __init__(
        self, home: Path, sink: Sink, sink_ids: Collection[str], message_for: Callable[[JournalIdentity], str]
    ) -> None:
        self.recovered: list[Recovered] = []
        self.damaged: list[DamageFound] = []
        self.passed_over = 0
        self.finished: set[str] = set()  # names of journals of which no more can be stored
        self._home = home
        self._folder = journals_of(home)
        self._sink = sink
        self._sink_ids = sink_ids
        self._message_for = message_for
        self._parents: dict[str, bytes] = {}

    def take_up(self, path: Path) -> None:
        """Finishes this journal, unless it is another sink's, or its parent's to finish."""
        if self._is_left_to_parent(path.name) or not self.finish(path):
            self.passed_over += 1

    def finish(self, path: Path, heed: Callable[[bytes], object] | None = None) -> bool:
        """Finishes this journal, behind those of processes that worked for its own; whether no more can be stored."""
        try:
            done = self._finished(path, heed)
        except DamagedJournal as damage:
            self.damaged.append(DamageFound(str(path), str(damage)))
        else:
            if done is None:
                return False
            self.recovered.append(done)
        self.finished.add(path.name)
        return True

    def _finished(self, path: Path, heed: Callable[[bytes], object] | None) -> Recovered | None:
        folder = Folder.take(path)
        if folder is None:
            return None
        try:
            crash_points.reach("recovery.locked")
            if folder.identity.sink_id not in self._sink_ids:
                return None
            if heed is not None:
                _hear_states(folder, heed)
            if not all(self.finish(child) for child in self._children(folder.identity)):
                return None
            return _finish(folder, self._sink, self._message_for(folder.identity))
        except DamagedJournal as damage:
            folder.note(DAMAGED, str(damage))
            raise
        finally:
            folder.release()

    def _is_left_to_parent(self, name: str) -> bool:
        """Whether the process lives for which this journal's worked: it knows best why that one died."""
        parent = self._parent_of(name)
        return bool(parent) and locks.is_held(str(self._folder / parent.hex() / LOCK))

    def _children(self, parent: JournalIdentity) -> list[Path]:
        """The journals of processes that worked for this one, which is dead: no more of them will come."""
        left = [name for name in journal_names(self._home) if name not in self.finished]
        return [self._folder / name for name in left if self._parent_of(name) == parent.journal_id]

    def _parent_of(self, name: str) -> bytes:
        """For which journal's process that of this one worked; empty where for none, or none of this sink."""
        if name not in self._parents:
            try:
                identity = read_header(self._folder / name)
                self._parents[name] = identity.parent_id if identity.sink_id in self._sink_ids else b""
            except DamagedJournal:  # Or it has ended meanwhile.
                self._parents[name] = b""
        return self._parents[name]


def _hear_states(folder: Folder, heed: Callable[[bytes], object]) -> None:
    """Tells the states of a dead process, from the oldest segment that is there to the first that cannot be read."""
    reader = SeriesReader(FolderSource(folder, STATES))
    cursor = at(min(folder.segments(STATES), default=1), 0)
    with suppress(DamagedJournal):
        while True:
            chunk = reader.read(cursor, until=BEYOND, max_records=LARGE_BATCH)
            for payload in chunk.payloads:
                heed(payload)
            if chunk.is_complete:
                return
            cursor = chunk.end


def _finish(folder: Folder, sink: Sink, message: str) -> Recovered:
    identity = folder.identity
    if sink.is_buried(identity):
        folder.die()
        return Recovered(identity, 0, None)
    stored = sink.cursors(identity)
    draining = Draining(
        identity,
        sink,
        states=SeriesReader(FolderSource(folder, STATES)),
        logs=SeriesReader(FolderSource(folder, LOGS)),
        stored=Cursors(*stored) if stored else Cursors(ORIGIN, ORIGIN),
    )
    while draining.step(EVERYTHING, LARGE_BATCH) is not None:
        continue
    crash_points.reach("recovery.drained")
    burial = None
    if draining.stored != Cursors(ORIGIN, ORIGIN):
        burial = sink.bury(identity, message)
    crash_points.reach("recovery.buried")
    folder.die()
    return Recovered(identity, draining.records, burial)


class FolderSource:
    """One series in the folder of a dead process."""

    def __init__(self, folder: Folder, series: str) -> None:
        self._folder = folder
        self._series = series
        self._last = max(folder.segments(series), default=0)

    def find(self, number: int) -> ReadableSegment | None:
        """The segment of this number; FileNotFoundError where it is missing and a later one is there."""
        if number > self._last:
            return None
        tail = Tail.UNKNOWN if number == self._last else Tail.SEALED
        return FileSegment(number, self._folder.segment_path(self._series, number), tail)
