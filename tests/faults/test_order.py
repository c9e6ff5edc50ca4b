"""Lines are stored before the states that follow them, however the threads that report and drain come in between."""

from pathlib import Path

import pytest

from headrace._stream import Batch, Burial, Directives, IngestReply, JournalIdentity
from headrace.journal import Journal, JournalOptions
from headrace.journal.writer import SeriesWriter


class CountingSink:
    """A sink that only counts."""

    sink_id = "counting"
    sink_ids = frozenset({"counting"})

    def __init__(self) -> None:
        self.batches = self.lines = self.states = self.early = 0

    def cursors(self, journal: JournalIdentity) -> None:
        return None

    def ingest(self, batch: Batch) -> IngestReply:
        self.batches += 1
        self.lines += len(batch.logs.payloads)
        self.states += len(batch.states.payloads)
        # There is a line before each state.
        self.early += self.states > self.lines
        return IngestReply(batch.states.end, batch.logs.end)

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        return Burial()

    def is_buried(self, journal: JournalIdentity) -> bool:
        return False

    def directives(self, journal: JournalIdentity) -> Directives:
        return Directives()

    def close(self) -> None:
        """There is nothing to let go of."""


def test_no_state_is_stored_before_the_line_that_was_written_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = CountingSink()
    journal = Journal.open(tmp_path / "home", sink, options=JournalOptions(tick_seconds=60, idle_tick_seconds=60))
    asked_for_end = SeriesWriter.end

    def end_and_report(series: SeriesWriter) -> int:
        found = asked_for_end(series)
        # Another thread's turn comes at the worst moment: whenever it was asked where a series ends.
        journal.log(b"line")
        journal.report(b"state")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(SeriesWriter, "end", end_and_report)
        for _ in range(20):
            journal.flush()
    assert sink.batches >= 20
    assert journal.close().kept_records == 0
    assert sink.states == sink.lines
    assert sink.early == 0
