"""The journal of this process: append, propose, flush, close. All that a process reports goes through here."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from headrace._kernel import clock, crash_points, ids
from headrace._stream import Directives, IngestReply, JournalIdentity, Sink, SinkUnavailable, Verdict
from headrace.journal import forking, hosts, volumes
from headrace.journal.bounds import DroppedLines, LogBound
from headrace.journal.drainer import Drainer
from headrace.journal.errors import UnusableHome
from headrace.journal.folder import FORMAT, KEPT, LOGS, STATES, Folder
from headrace.journal.options import CloseReport, JournalOptions
from headrace.journal.outflow import Outflow
from headrace.journal.overflow import Overflow
from headrace.journal.writer import SeriesWriter

__all__ = ["Journal", "Key"]

Key = tuple[bytes, int, int]  # run id, attempt and ordinal of the state that a proposal proposes

_WRITE_OUT_SECONDS: Final = 1.0
_HEED_SECONDS: Final = 0.9  # less than a tick takes while nothing happens
_JOIN_SECONDS: Final = 1.0
_CLOSED: Final = "This journal was closed: what is reported now needs another one"
_FORKED: Final = "This journal belongs to the parent process: a forked child needs one of its own"


class Journal:
    """One ordered, durable stream of what this process reports; SIGKILL at any instant loses nothing reported before.

    `report(encoded)` appends a record to the states, `log(encoded)` one to the logs. Both are thread-safe, take no
    lock, and never fail for a full disk; StaleJournal where this process has to open another journal.
    """

    @classmethod
    def open(cls, home: Path, sink: Sink, *, options: JournalOptions | None = None) -> "Journal":
        """A new journal in `home`, which drains to `sink`.

        The sink stays its owner's: it is not closed here. UnusableHome where `home` lies on a network file system, or
        cannot be written. A disk that is full is not an error: records wait in memory.
        """
        options = options or JournalOptions()
        volumes.refuse_network(str(home))
        identity = JournalIdentity(
            journal_id=ids.new_id(),
            sink_id=sink.sink_id,
            host=hosts.host_name(),
            boot_id=hosts.boot_id(),
            pid=os.getpid(),
            started_at=clock.now(),
            format=FORMAT,
            parent_id=options.parent_id,
        )
        folder = Folder(home, identity, is_durable=options.durability == "disk", is_mapped=options.is_mapped)
        try:
            folder.be_born()
        except OSError as error:
            if error.errno not in volumes.FULL:
                raise UnusableHome(
                    f"The home {home} cannot be written ({error.strerror}). Set HEADRACE_HOME to a folder that can."
                ) from error
        journal = cls(folder, sink, options)
        forking.watch(journal)
        journal._drainer.start()
        return journal

    def __init__(self, folder: Folder, sink: Sink, options: JournalOptions) -> None:
        self.identity = folder.identity
        self.journal_id = folder.identity.journal_id
        self._folder = folder
        self._sink = sink
        self._options = options
        self._dropped = DroppedLines()
        overflow = Overflow(options.buffer_cap_bytes, options.notify)
        is_durable = options.durability == "disk"
        segment_bytes = options.segment_bytes
        self._states = SeriesWriter(STATES, folder, overflow, segment_bytes=segment_bytes, is_durable=is_durable)
        self._logs = SeriesWriter(
            LOGS,
            folder,
            overflow,
            segment_bytes=segment_bytes,
            is_durable=is_durable,
            when_full=self._dropped.add,
        )
        self.report: Callable[[bytes], None] = self._states.append
        self.log: Callable[[bytes], None] = self._logs.append
        self._outflow = Outflow(
            folder,
            sink,
            states=self._states,
            logs=self._logs,
            bound=LogBound(folder, self._logs, bound_bytes=options.log_bound_bytes),
            options=options,
            on_reply=self._deliver,
        )
        self._drainer = Drainer(self._tick, options.tick_seconds)
        self._awaited: dict[Key, list[Verdict]] = {}
        self._write_out_at = 0.0
        self._heed_at = clock.monotonic() + _HEED_SECONDS
        self._directives: Directives | None = None  # that a reply brought, and nobody has heeded yet
        # Re-entrant: a signal handler may close while its own thread does.
        self._closing = threading.RLock()
        self._report: CloseReport | None = None
        self._is_forked = False

    @property
    def is_stale(self) -> bool:
        """Whether this process has to open another journal: this one was closed, or is the parent's."""
        return self._is_forked or self._report is not None

    @property
    def folder(self) -> Path:
        """Where the journal's files are."""
        return Path(self._folder.path)

    def propose(self, encoded: bytes, key: Key, timeout: float | None = None) -> Verdict | None:
        """Appends a proposal, stores it with everything before it, and returns the control plane's verdict.

        The calling thread drains in line. None where the sink cannot be reached within `timeout` seconds (None: as
        long as the sink takes): the proposal is kept, and stored later. `timeout` is looked at between batches.
        """
        deadline = _deadline(timeout)
        verdicts = self._awaited[key] = []
        try:
            refusals = self._outflow.refusals
            self.report(encoded)
            is_stored = self._outflow.barrier(deadline)
            if is_stored and not verdicts and self._outflow.refusals > refusals:
                # Stored, but its reply was lost. Proposed again, the same state gets the same verdict.
                self.report(encoded)
                self._outflow.barrier(deadline)
            return verdicts[0] if verdicts else None
        finally:
            del self._awaited[key]

    def flush(self, timeout: float | None = None) -> bool:
        """Stores everything that was appended before; False where the sink cannot be reached within `timeout` seconds.

        In a forked child nothing was appended to this journal: True.
        """
        if self._is_forked:
            return True
        if self._report is not None:
            return not self._report.kept_records and not self._report.lost_records
        return self._outflow.barrier(_deadline(timeout))

    def store_first(self, others: Callable[[], object]) -> None:
        """Lets nothing that is reported from now on be stored before `others` has stored what is told elsewhere.

        Whoever stores calls it, until it returns; SinkUnavailable says that it is to be tried again.
        """
        self._outflow.store_first(others)

    def pending(self) -> int:
        """How many records wait for the sink."""
        return self._outflow.pending()

    def in_memory(self) -> int:
        """How many of them are on no disk, for it is full."""
        return self._outflow.in_memory()

    def close(self) -> CloseReport:
        """Drains in line within the exit's time-out, buries what is unfinished, and removes the files.

        Where it cannot drain, the folder is kept for whoever recovers it, and the report says so. Doing it again
        returns the same report; a forked child's is empty.
        """
        if self._is_forked:
            return CloseReport()
        with self._closing:
            if self._report is None:
                deadline = clock.monotonic() + self._options.exit_timeout_seconds
                self._drainer.stop(0)
                self._report = self._close(deadline)
                self._drainer.stop(_JOIN_SECONDS)
                forking.unwatch(self)
            return self._report

    def _close(self, deadline: float) -> CloseReport:
        if not self._outflow.turn.take(deadline):
            return self._keep("another thread was still storing them", is_draining=True)
        try:
            self._write_out()
            is_stored = self._outflow.drain_patiently(self._outflow.ends(), deadline)
            self._retire()
            # What other threads reported in between; nothing can come behind it.
            is_stored = is_stored and self._outflow.drain_patiently(self._outflow.ends(), deadline)
            if not is_stored:
                return self._keep(self._outflow.outage.reason or "the time-out for the exit was over")
            crash_points.reach("journal.close.drained")
            burial = None
            if not self._outflow.has_stored_nothing:
                burial = self._outflow.bury(self._options.burial_message, deadline)
            crash_points.reach("journal.close.buried")
            self._folder.die()
            return CloseReport(burial=burial, dead_letters=self._outflow.dead_letters)
        except (SinkUnavailable, OSError) as error:
            return self._keep(str(error))
        except Exception as error:  # noqa: BLE001  # A defect of the sink must not keep the process from ending.
            return self._keep(repr(error))
        finally:
            self._outflow.is_over = True
            self._outflow.turn.end()

    def _retire(self) -> None:
        self._states.retire(_CLOSED)
        self._logs.retire(_CLOSED)

    def _keep(self, why: str, *, is_draining: bool = False) -> CloseReport:
        self._retire()
        in_memory = self._outflow.in_memory()
        kept = self._outflow.pending() - in_memory
        lost = in_memory + self._states.homeless + self._logs.homeless
        message = _describe_end(self._folder.path, why, kept, lost)
        self._folder.note(KEPT, message)
        if not is_draining:
            self._folder.release()
        return CloseReport(
            kept_records=kept,
            lost_records=lost,
            folder=self._folder.path,
            message=message,
            dead_letters=self._outflow.dead_letters,
        )

    def _tick(self) -> float:
        try:
            now = clock.monotonic()
            if now >= self._write_out_at:
                self._write_out_at = now + _WRITE_OUT_SECONDS
                self._write_out()
            if (told := self._directives) is not None:
                self._directives = None
                self._heed(lambda: told)
            elif now >= self._heed_at:
                self._heed_at = now + _HEED_SECONDS
                self._heed(lambda: self._sink.directives(self.identity))
            return self._outflow.tick()
        except Exception as error:  # noqa: BLE001  # A defect of the sink must not end the draining.
            self._outflow.outage.begin(f"The records of this process cannot be stored now: {error!r}.")
            return self._options.tick_seconds

    def _heed(self, ask: Callable[[], Directives]) -> None:
        if self._options.heed is not None:
            with suppress(SinkUnavailable):  # Whoever stores the next records says so.
                self._options.heed(ask)

    def _write_out(self) -> None:
        """Puts what waits in memory onto the disk, if it has room again."""
        are_written = self._states.write_out(), self._logs.write_out()
        if all(are_written):
            for notice in self._dropped.take_notices("the disk was full, and the memory for them used up."):
                self.log(notice)

    def _deliver(self, reply: IngestReply) -> None:
        for verdict in reply.verdicts:
            awaited = self._awaited.get((verdict.run_id, verdict.attempt, verdict.ordinal))
            if awaited is not None:
                awaited.append(verdict)
        if reply.directives is not None:
            self._heed_at = clock.monotonic() + _HEED_SECONDS
            if reply.directives.cancel:  # carried out by the drainer: this thread may be the one to be interrupted
                self._directives = reply.directives
                self._drainer.wake()

    def abandon(self) -> None:
        """Lets go of the parent's journal in a forked child: its files, its lock and its sink are not touched."""
        self._is_forked = True
        self._states.abandon(_FORKED)
        self._logs.abandon(_FORKED)
        self._outflow.forget()
        self._folder.abandon()
        self._closing = threading.RLock()
        forking.keep_untouched(self._sink)


def _describe_end(folder: str, why: str, kept: int, lost: int) -> str:
    why = why.rstrip(".")
    if not kept and not lost:
        return f"Everything is stored, but the journal {folder} could not be ended: {why}. A recovery will do it."
    message = f"{kept} records could not be stored: {why}. They are kept in {folder} until they can be."
    return f"{message} {lost} more were lost with this process, for the disk is full." if lost else message


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else clock.monotonic() + timeout
