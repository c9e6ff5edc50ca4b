"""The draining side of a living journal: barriers drain in the caller's thread, ticks in the drainer's."""

from collections import deque
from collections.abc import Callable
from typing import Final

from headrace._kernel import clock
from headrace._stream import Burial, IngestReply, Sink, SinkUnavailable
from headrace.journal.bounds import LogBound
from headrace.journal.draining import LARGE_BATCH, SMALL_BATCH, Cursors, Draining
from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import Folder
from headrace.journal.options import JournalOptions
from headrace.journal.outage import Outage
from headrace.journal.positions import ORIGIN, at
from headrace.journal.reader import SeriesReader
from headrace.journal.turns import DrainTurn
from headrace.journal.writer import SeriesWriter

__all__ = ["Outflow"]

# After something was drained, the next thing is likely soon.
_RECENT_SECONDS: Final = 2.0
_NOTHING_STORED: Final = Cursors(ORIGIN, ORIGIN)


class Outflow:
    """Drains two living series to a sink; `on_reply` hears every reply, in the thread that drains."""

    def __init__(
        self,
        folder: Folder,
        sink: Sink,
        *,
        states: SeriesWriter,
        logs: SeriesWriter,
        bound: LogBound,
        options: JournalOptions,
        on_reply: Callable[[IngestReply], None],
    ) -> None:
        self._folder = folder
        self._sink = sink
        self.turn = DrainTurn()
        self.outage = Outage(folder.path, options.notify)
        self._states, self._logs = states, logs
        self._readers = SeriesReader(states), SeriesReader(logs)
        self._draining = Draining(
            folder.identity,
            sink,
            states=self._readers[0],
            logs=self._readers[1],
            stored=_NOTHING_STORED,
            on_reply=on_reply,
        )
        self._bound = bound
        self._options = options
        self._busy_until = clock.monotonic() + _RECENT_SECONDS
        # Set with the turn in hand: the folder was let go, and may be somebody else's.
        self.is_over = False
        self._before: deque[Callable[[], object]] = deque()

    @property
    def stored(self) -> Cursors:
        """How far the sink has the series."""
        return self._draining.stored

    @property
    def has_stored_nothing(self) -> bool:
        """Whether the sink never heard of this journal."""
        return self._draining.stored == _NOTHING_STORED

    @property
    def dead_letters(self) -> int:
        """Records that the sink can never take."""
        return self._draining.dead_letters

    @property
    def refusals(self) -> int:
        """How often the sink's cursors were not where they were thought to be."""
        return self._draining.refusals

    def ends(self) -> Cursors:
        """Behind all that was appended before this call; logs asked last, so that a state's logs are before them."""
        states = self._states.end()
        return Cursors(states, self._logs.end())

    def is_stored(self, until: Cursors) -> bool:
        """Whether the sink has everything before `until`."""
        stored = self._draining.stored
        return stored.states >= until.states and stored.logs >= until.logs

    def store_first(self, others: Callable[[], object]) -> None:
        """Lets nothing that is appended from now on be stored before `others` has returned; see Journal."""
        self._before.append(others)

    def _is_first(self) -> bool:
        """Whether nothing is to be stored before what is here; what cannot be stored now is an outage."""
        while self._before:
            try:
                self._before[0]()
            except Exception as error:  # noqa: BLE001  # A defect of the sink, too.
                self._fail(error)
                return False
            self._before.popleft()
        return True

    def barrier(self, deadline: float | None) -> bool:
        """Stores everything that was appended before this call; False where the sink fails, or `deadline` passes."""
        self._states.settle()
        self._logs.settle()
        until = self.ends()
        if self.is_stored(until):
            return True
        if self.outage.is_on() or not self.turn.take(deadline):
            return False
        try:
            return not self.is_over and self.drain(until, deadline, SMALL_BATCH)
        finally:
            self.turn.end()

    def drain(self, until: Cursors, deadline: float | None, batch: int) -> bool:
        """Stores everything before `until`; to be called by who has the turn."""
        if not self._sync() or not self._is_first():
            return False
        while not self.is_stored(until):
            if deadline is not None and clock.monotonic() >= deadline:
                return False
            if self._step(until, batch) is None:
                return self.outage.reason is None
        return True

    def drain_patiently(self, until: Cursors, deadline: float) -> bool:
        """The same for a process that ends: what may be over before `deadline` is waited for."""
        while not self.drain(until, deadline, LARGE_BATCH):
            if clock.monotonic() >= deadline or not self.outage.is_worth_waiting(deadline):
                return False
        return True

    def bury(self, message: str, deadline: float) -> Burial:
        """Ends the journal where it is told to, likewise; SinkUnavailable where that cannot be."""
        while True:
            try:
                return self._sink.bury(self._folder.identity, message)
            except SinkUnavailable as error:
                self._fail(error)
                if not self.outage.is_worth_waiting(deadline):
                    raise

    def _step(self, until: Cursors, batch: int) -> IngestReply | None:
        """One batch; None where there is nothing more, or the sink fails (`outage` knows)."""
        try:
            self._be_born()
            reply = self._draining.step(until, batch)
        except Exception as error:  # noqa: BLE001  # A defect of the sink is no fault of the code that reports.
            self._fail(error)
            return None
        self.outage.end()
        if reply is not None:
            self._states.release_behind(reply.states_cursor)
            self._logs.release_behind(reply.logs_cursor)
        return reply

    def _be_born(self) -> None:
        """Makes the folder, if the disk was full when that was to be made.

        A sink never hears of a journal that is not there: nobody could end its runs, were this process killed.
        """
        try:
            self._folder.be_born()
        except OSError as error:
            raise SinkUnavailable(f"The folder {self._folder.path} cannot be made ({error.strerror}).") from error

    def _fail(self, error: Exception) -> None:
        if isinstance(error, SinkUnavailable):
            self.outage.begin(str(error), is_passing=error.is_passing, retry_after_seconds=error.retry_after_seconds)
            return
        is_known = isinstance(error, DamagedJournal | OSError)
        self.outage.begin(str(error) if is_known else f"The records of this process cannot be stored now: {error!r}")

    def tick(self) -> float:
        """Does what is to be done in the background; returns after how many seconds to be called again."""
        self._states.settle()
        self._logs.settle()
        until = self.ends()
        now = clock.monotonic()
        if self.is_stored(until):
            return self._options.tick_seconds if now < self._busy_until else self._options.idle_tick_seconds
        self._busy_until = now + _RECENT_SECONDS
        if self.turn.take_if_free():
            try:
                if not self.is_over:
                    self._drain_behind(until)
            finally:
                self.turn.end()
        return self._options.tick_seconds

    def _drain_behind(self, until: Cursors) -> None:
        # Who waits at a barrier drains everything before it, this as well.
        while not self.outage.is_on() and not self.turn.is_awaited:
            if not self._is_first() or not self._sync() or self._step(until, LARGE_BATCH) is None:
                break
        if self._bound.enforce(self.stored.logs):
            self._readers[1].forget()

    def _sync(self) -> bool:
        if self._options.durability != "disk":
            return True
        try:
            self._states.sync()
            self._logs.sync()
        except OSError as error:
            self.outage.begin(f"The disk does not take what is to be synced: {error}.")
            return False
        return True

    def pending(self) -> int:
        """How many records wait for the sink; they are counted one by one."""
        until = self.ends()
        return _count(self._states, self.stored.states, until.states) + _count(self._logs, self.stored.logs, until.logs)

    def in_memory(self) -> int:
        """How many of the pending records are on no disk."""
        count = 0
        for writer, stored in ((self._states, self.stored.states), (self._logs, self.stored.logs)):
            first = writer.first_in_memory()
            if first is not None:
                count += _count(writer, max(stored, at(first, 0)), writer.end())
        return count

    def forget(self) -> None:
        """Lets go of the parent's things in a forked child."""
        for reader in self._readers:
            reader.forget()


def _count(writer: SeriesWriter, start: int, until: int) -> int:
    reader = SeriesReader(writer)
    count = 0
    while True:
        try:
            chunk = reader.read(start, until=until, max_records=LARGE_BATCH)
        except DamagedJournal:
            return count
        count += len(chunk.payloads)
        if chunk.is_complete:
            return count
        start = chunk.end
