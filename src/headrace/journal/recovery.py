"""Recovery: what dead processes reported is stored, what they left unfinished is concluded, their folders go.

Anybody may recover, at any time, and several at once: the lock says who does. No user code is imported.
"""

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from headrace._kernel import crash_points
from headrace._stream import Burial, JournalIdentity, Sink, SinkUnavailable
from headrace.journal.draining import EVERYTHING, LARGE_BATCH, Cursors, Draining
from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import DAMAGED, LOGS, STATES, Folder, journal_folders, journals_of, sweep_leftovers
from headrace.journal.positions import ORIGIN
from headrace.journal.reader import SeriesReader
from headrace.journal.segments import FileSegment, ReadableSegment, Tail

__all__ = ["DamageFound", "FolderSource", "Recovered", "RecoveryReport", "describe_death", "recover", "recover_journal"]


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
    passed_over: int = 0  # their process lives, somebody else recovers them, or they belong to another sink
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
    sink_ids = sink.sink_ids if sink_id is None else {sink_id}
    recovered: list[Recovered] = []
    damaged: list[DamageFound] = []
    passed_over, unavailable = 0, None
    swept = sweep_leftovers(home)
    for path in journal_folders(home):
        if bytes.fromhex(path.name) in skip:
            continue
        try:
            done = _recover_one(path, sink, sink_ids, message_for)
        except DamagedJournal as damage:
            damaged.append(DamageFound(str(path), str(damage)))
        except (SinkUnavailable, OSError) as error:
            unavailable = str(error)
            break
        else:
            if done is None:
                passed_over += 1
            else:
                recovered.append(done)
    return RecoveryReport(tuple(recovered), tuple(damaged), passed_over, swept, unavailable)


def recover_journal(home: Path, journal_id: bytes, sink: Sink, message: str) -> Recovered | None:
    """Drains and buries one journal in `home`, whose process is dead: `message` says so to the runs it left unfinished.

    None where somebody else does, or has done. What it raises, `recover` reports.
    """
    return _recover_one(journals_of(home) / journal_id.hex(), sink, sink.sink_ids, lambda _: message)


def _recover_one(
    path: Path, sink: Sink, sink_ids: Collection[str], message_for: Callable[[JournalIdentity], str]
) -> Recovered | None:
    folder = Folder.take(path)
    if folder is None:
        return None
    try:
        crash_points.reach("recovery.locked")
        if folder.identity.sink_id not in sink_ids:
            return None
        return _finish(folder, sink, message_for(folder.identity))
    except DamagedJournal as damage:
        folder.note(DAMAGED, str(damage))
        raise
    finally:
        folder.release()


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
