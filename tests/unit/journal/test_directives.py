"""What the control plane wants of this process's runs reaches it with the replies to what it reports."""

import queue
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from headrace._kernel import ids
from headrace._stream import Directives
from headrace.journal import Journal, JournalOptions
from headrace.journal import journal as journal_module
from tests.support.journal_folders import report
from tests.support.recording_sink import RecordingSink

RUN = ids.new_id()
HOUR = 3_600.0


def test_directives_that_a_reply_brings_are_heeded_at_once_in_another_thread(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "_HEED_SECONDS", HOUR)
    heard: queue.SimpleQueue[tuple[str, Directives]] = queue.SimpleQueue()
    told = [Directives(), Directives(((RUN, "enough"),)), Directives()]
    sink = RecordingSink(tmp_path / "sink.db")
    ingest = sink.ingest
    sink.ingest = lambda batch: replace(ingest(batch), directives=told.pop(0))  # type: ignore[method-assign]
    options = JournalOptions(
        tick_seconds=HOUR,
        idle_tick_seconds=HOUR,
        heed=lambda ask: heard.put((threading.current_thread().name, ask())),
    )
    journal = Journal.open(home, sink, options=options)
    for _ in range(3):
        journal.report(report(1))
        journal.flush()
    assert heard.get(timeout=30) == ("headrace-drainer", Directives(((RUN, "enough"),)))
    journal.close()
    sink.close()
    assert heard.empty()
