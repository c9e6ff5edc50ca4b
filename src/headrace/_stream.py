"""What passes between a journal and the control plane: a batch one way, a reply the other; and the sink's face.

Both doors speak these structs: in process as they are, over HTTP as msgpack.
"""

from typing import Literal, Protocol

import msgspec

from headrace._records import StateRecord

__all__ = [
    "Batch",
    "Burial",
    "Directives",
    "IngestReply",
    "JournalIdentity",
    "Series",
    "Sink",
    "SinkRefused",
    "SinkUnavailable",
    "Verdict",
    "VerdictStatus",
]

VerdictStatus = Literal["ACCEPT", "REJECT", "ABORT", "WAIT"]


class JournalIdentity(msgspec.Struct, frozen=True):
    """Which process writes a journal: what its header says."""

    journal_id: bytes
    sink_id: str  # the store's id, or the API's URL
    host: str
    boot_id: str
    pid: int
    started_at: int
    format: int = 1
    parent_id: bytes = b""  # the journal of the process for whose task runner this one works; empty where there is none


class Series(msgspec.Struct, frozen=True):
    """Consecutive records of one series of segments (states, or logs).

    A position is `segment number << 32 | byte offset` of a frame: it grows, and names a record for ever.
    """

    start: int  # position of the first record, which must be the stored cursor
    end: int  # position behind the last record: the cursor to store
    positions: tuple[int, ...] = ()
    payloads: tuple[bytes, ...] = ()  # encoded records


class Batch(msgspec.Struct, frozen=True):
    """What a drainer sends: logs are stored before the states that follow them."""

    journal: JournalIdentity
    states: Series
    logs: Series


class Verdict(msgspec.Struct, frozen=True):
    """The control plane's answer to one proposal (a begin, a move, a conclusion)."""

    run_id: bytes
    attempt: int
    ordinal: int  # of the proposed state
    status: VerdictStatus
    state: StateRecord | None = None  # the state that the run has now
    reason: str | None = None
    flow_id: bytes | None = None


class Directives(msgspec.Struct, frozen=True):
    """What the control plane wants of runs that a process holds."""

    cancel: tuple[tuple[bytes, str | None], ...] = ()  # ids of flow runs, each with the reason


class IngestReply(msgspec.Struct, frozen=True):
    """All up to these positions is stored; the verdicts of the proposals among it."""

    states_cursor: int
    logs_cursor: int
    verdicts: tuple[Verdict, ...] = ()
    dead_letters: int = 0
    directives: Directives | None = None  # None: this sink does not say so by replies


class Burial(msgspec.Struct, frozen=True):
    """What the end of a journal concluded."""

    flow_runs: tuple[bytes, ...] = ()  # made Crashed
    task_runs: int = 0


class SinkUnavailable(Exception):
    """The control plane cannot be reached or used now (server away, disk full, store newer or damaged): try later.

    Carries the sentence to tell the user: what happened, with which file or URL, and what to do.

    Attributes:
        is_passing: whether it may well be over by itself within seconds, as where a server is started anew. Who is
            about to end waits for that.
        retry_after_seconds: what the control plane asked for; 0 where it said nothing.
    """

    def __init__(self, message: str, *, is_passing: bool = False, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.is_passing = is_passing
        self.retry_after_seconds = retry_after_seconds


class SinkRefused(Exception):
    """The control plane will never take this batch as it stands: its cursors, which this carries, are elsewhere."""

    def __init__(self, message: str, states_cursor: int, logs_cursor: int) -> None:
        super().__init__(message)
        self.states_cursor = states_cursor
        self.logs_cursor = logs_cursor


class Sink(Protocol):
    """Where a journal drains to."""

    @property
    def sink_id(self) -> str:
        """What the header of a journal that begins now calls this sink."""
        ...

    @property
    def sink_ids(self) -> frozenset[str]:
        """Everything that a header may call it: a store whose id could not be read is named by its place."""
        ...

    def cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        """Stored (states, logs) positions; None where this journal was never heard of."""
        ...

    def ingest(self, batch: Batch) -> IngestReply:
        """Stores rows and cursor in one step; SinkUnavailable or SinkRefused otherwise."""
        ...

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        """Concludes what this journal's process left unfinished as Crashed, and closes the journal, in one step.

        Doing it again changes nothing.
        """
        ...

    def is_buried(self, journal: JournalIdentity) -> bool:
        """Whether the journal is closed: its folder may go, undrained."""
        ...

    def directives(self, journal: JournalIdentity) -> Directives:
        """What is wanted of the runs that this journal's process holds; the same until they have ended."""
        ...

    def close(self) -> None: ...
