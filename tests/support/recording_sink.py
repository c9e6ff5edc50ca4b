"""A real sink in one file: it stores every record with its place, without any unique key, so that doubling shows.

Rows, cursors and burial are written in one transaction, as the store does it. The crash points of a store stand at the
same steps.
"""

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from headrace._kernel import crash_points
from headrace._records import FlowRunBegun, FlowRunConcluded, FlowRunMoved, StateRecord, decode_record
from headrace._stream import (
    Batch,
    Burial,
    Directives,
    IngestReply,
    JournalIdentity,
    SinkRefused,
    SinkUnavailable,
    Verdict,
)

__all__ = ["RecordingSink", "Row"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (journal BLOB, series TEXT, position INTEGER, payload BLOB);
CREATE TABLE IF NOT EXISTS cursors (journal BLOB PRIMARY KEY, states INTEGER, logs INTEGER, is_buried INTEGER);
CREATE TABLE IF NOT EXISTS burials (journal BLOB, message TEXT);
"""

Row = tuple[str, int, bytes]  # series, position, payload

# A fork waits until no thread is inside SQLite: a child that is forked meanwhile inherits SQLite's own mutexes as they
# are, and hangs in its first call. The store does the same.
_calling = threading.RLock()


def _pause() -> None:
    _calling.acquire()


def _go_on() -> None:
    _calling.release()


def _renew() -> None:
    global _calling
    _calling = threading.RLock()


os.register_at_fork(before=_pause, after_in_parent=_go_on, after_in_child=_renew)


class RecordingSink:
    """Stores what it is given. `outage()` is asked before each exchange: a sentence makes the sink unavailable."""

    def __init__(
        self, path: Path, *, sink_id: str = "recording", outage: Callable[[], str | None] = lambda: None
    ) -> None:
        self.sink_id = sink_id
        self.sink_ids = frozenset({sink_id})
        self.outage = outage
        self.batches: list[tuple[int, int]] = []  # records of states and of logs in each
        with _calling:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")

    def cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        self._meet_outage()
        return self._cursors(journal)

    def _cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        with _calling:
            return self._connection.execute(
                "SELECT states, logs FROM cursors WHERE journal = ?", (journal.journal_id,)
            ).fetchone()

    def ingest(self, batch: Batch) -> IngestReply:
        self._meet_outage()
        series = (("states", batch.states), ("logs", batch.logs))
        rows = [
            (batch.journal.journal_id, name, position, payload)
            for name, part in series
            for position, payload in zip(part.positions, part.payloads, strict=True)
        ]
        journal_id = batch.journal.journal_id
        with _calling, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            stored = self._cursors(batch.journal) or (0, 0)
            if stored != (batch.states.start, batch.logs.start):
                raise SinkRefused("the cursor is elsewhere", *stored)
            self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
            self._connection.execute(
                "INSERT INTO cursors VALUES (?, ?, ?, 0) "
                "ON CONFLICT DO UPDATE SET states = excluded.states, logs = excluded.logs",
                (journal_id, batch.states.end, batch.logs.end),
            )
            crash_points.reach("store.commit.before")
        crash_points.reach("store.commit.after")
        self.batches.append((len(batch.states.payloads), len(batch.logs.payloads)))
        verdicts = tuple(verdict for payload in batch.states.payloads if (verdict := _accept(payload)))
        crash_points.reach("ingest.reply")
        return IngestReply(batch.states.end, batch.logs.end, verdicts)

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        self._meet_outage()
        with _calling, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if not self.is_buried(journal):
                self._connection.execute("UPDATE cursors SET is_buried = 1 WHERE journal = ?", (journal.journal_id,))
                self._connection.execute("INSERT INTO burials VALUES (?, ?)", (journal.journal_id, message))
        crash_points.reach("bury.reply")
        return Burial()

    def is_buried(self, journal: JournalIdentity) -> bool:
        with _calling:
            row = self._connection.execute(
                "SELECT is_buried FROM cursors WHERE journal = ?", (journal.journal_id,)
            ).fetchone()
        return bool(row and row[0])

    def directives(self, journal: JournalIdentity) -> Directives:
        return Directives()

    def close(self) -> None:
        self._connection.close()

    def rows(self, journal_id: bytes | None = None) -> list[Row]:
        """What is stored, in the order in which it came."""
        found = self._connection.execute(
            "SELECT series, position, payload FROM records WHERE :journal IS NULL OR journal = :journal ORDER BY rowid",
            {"journal": journal_id},
        )
        return found.fetchall()

    def payloads(self, series: str, journal_id: bytes | None = None) -> list[bytes]:
        """The records of one series, in the order in which they came."""
        return [payload for name, _, payload in self.rows(journal_id) if name == series]

    def journals(self) -> list[bytes]:
        """The journals of which something is stored."""
        return [journal for (journal,) in self._connection.execute("SELECT journal FROM cursors")]

    def burials(self) -> list[tuple[bytes, str]]:
        """Journal and message of each burial."""
        return self._connection.execute("SELECT journal, message FROM burials").fetchall()

    def _meet_outage(self) -> None:
        reason = self.outage()
        if reason:
            raise SinkUnavailable(reason)


def _accept(payload: bytes) -> Verdict | None:
    try:
        record = decode_record(payload)
    except ValueError:
        return None  # Tests of bytes alone report what is no record.
    if isinstance(record, FlowRunBegun):
        return _verdict(record.run_id, record.states[-1])
    if isinstance(record, FlowRunMoved | FlowRunConcluded):
        return _verdict(record.run_id, record.state)
    return None


def _verdict(run_id: bytes, state: StateRecord) -> Verdict:
    return Verdict(run_id, state.attempt, state.ordinal, "ACCEPT", state)
