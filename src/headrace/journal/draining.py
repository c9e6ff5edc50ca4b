"""Draining: records from the two series of a journal to the sink, in batches, each stored with its cursor in one step.

The logs of a moment are sent before the states of that moment, so that a run is never terminal before its reports are
stored. Drainer, barriers and recovery all go through here.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from headrace._kernel import crash_points
from headrace._stream import Batch, IngestReply, JournalIdentity, Series, Sink, SinkRefused, SinkUnavailable
from headrace.journal.positions import BEYOND
from headrace.journal.reader import Chunk, SeriesReader

__all__ = ["EVERYTHING", "LARGE_BATCH", "SMALL_BATCH", "Cursors", "Draining"]

# A proposal of another process waits for one batch at most: small ones while somebody here waits as well.
SMALL_BATCH: Final = 500
LARGE_BATCH: Final = 2_000
_REFUSALS: Final = 3


class Cursors(msgspec.Struct, frozen=True, gc=False):
    """A position in each of the two series."""

    states: int
    logs: int


EVERYTHING: Final = Cursors(BEYOND, BEYOND)


class Draining:
    """How far a journal is stored, and the next step. One thread at a time.

    `on_reply` hears each reply before `stored` tells of it: who sees his record stored finds its verdict as well.
    """

    def __init__(
        self,
        identity: JournalIdentity,
        sink: Sink,
        *,
        states: SeriesReader,
        logs: SeriesReader,
        stored: Cursors,
        on_reply: Callable[[IngestReply], None] | None = None,
    ) -> None:
        self._identity = identity
        self._sink = sink
        self._states = states
        self._logs = logs
        self._on_reply = on_reply
        self.stored = stored
        self.records = 0  # stored by this object
        self.dead_letters = 0
        self.refusals = 0  # batches that the sink refused because its cursor was elsewhere

    def step(self, until: Cursors, max_records: int) -> IngestReply | None:
        """Stores the next batch of what stands before `until`; None where all of it is stored.

        SinkUnavailable where the sink is; DamagedJournal where the next record cannot be read.
        """
        for _ in range(_REFUSALS):
            batch = self._next_batch(until, max_records)
            if batch is None:
                return None
            crash_points.reach("journal.drain.read")
            try:
                reply = self._sink.ingest(batch)
            except SinkRefused as refusal:
                # It was stored, and the reply lost; or a store was put back to an older copy.
                self.stored = Cursors(refusal.states_cursor, refusal.logs_cursor)
                self.refusals += 1
                continue
            crash_points.reach("journal.drain.replied")
            if self._on_reply is not None:
                self._on_reply(reply)
            self.stored = Cursors(reply.states_cursor, reply.logs_cursor)
            self.records += len(batch.states.payloads) + len(batch.logs.payloads)
            self.dead_letters += reply.dead_letters
            return reply
        raise SinkUnavailable(
            f"The store does not agree with the journal {self._identity.journal_id.hex()} on what is stored "
            f"(states {self.stored.states}, logs {self.stored.logs}); the journal is kept."
        )

    def _next_batch(self, until: Cursors, max_records: int) -> Batch | None:
        logs = self._logs.read(self.stored.logs, until=until.logs, max_records=max_records)
        room = max_records - len(logs.payloads)
        states = Chunk(self.stored.states, [], [], is_complete=False)
        if logs.is_complete and room:
            states = self._states.read(self.stored.states, until=until.states, max_records=room)
        if not logs.payloads and not states.payloads:
            return None
        return Batch(self._identity, _series(self.stored.states, states), _series(self.stored.logs, logs))


def _series(start: int, chunk: Chunk) -> Series:
    # A cursor moves with records alone: where there are none, the sink keeps the one it has.
    end = chunk.end if chunk.payloads else start
    return Series(start, end, tuple(chunk.positions), tuple(chunk.payloads))
