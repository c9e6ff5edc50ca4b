"""Threads that report while others drain, at the shortest switch interval: whole records, none lost, each in order."""

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headrace.journal import Journal, JournalOptions, list_journals
from headrace.journal.segments import MappedSegment
from tests.support.recording_sink import RecordingSink

THREADS = 8
RECORDS = 1500


@contextmanager
def restless() -> Generator[None]:
    """Threads change as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def record(thread: int, number: int) -> bytes:
    # Sizes differ, so that a smaller record can slip in where a larger one found a segment full.
    return b"%d %d %s" % (thread, number, b"x" * (number * 7 % 61))


def assert_whole_and_in_order(stored: list[bytes]) -> None:
    for thread in range(THREADS):
        mine = [payload for payload in stored if payload.startswith(b"%d " % thread)]
        assert mine == [record(thread, number) for number in range(RECORDS)]
    assert len(stored) == THREADS * RECORDS


@pytest.mark.parametrize("kind", ["mapped", "written", "mapped without the GIL"])
@pytest.mark.parametrize("segment_bytes", [256, 1 << 16])
def test_threads_that_report_while_others_drain(
    tmp_path: Path, kind: str, segment_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_mapped = kind != "written"
    # An interpreter without the GIL appends under the lock; one with it can do so as well.
    monkeypatch.setattr(MappedSegment, "takes_any_thread", kind == "mapped")
    sink = RecordingSink(tmp_path / "sink.db")
    options = JournalOptions(
        segment_bytes=segment_bytes, is_mapped=is_mapped, tick_seconds=0.0001, idle_tick_seconds=0.0001
    )
    journal = Journal.open(tmp_path / "home", sink, options=options)
    failures: list[BaseException] = []
    is_over = threading.Event()

    def report_all(thread: int) -> None:
        try:
            for number in range(RECORDS):
                journal.report(record(thread, number))
                journal.log(record(thread, number))
        except BaseException as error:  # noqa: BLE001  # Told below, in the test's own thread.
            failures.append(error)

    def flush_all() -> None:
        while not is_over.is_set():
            if not journal.flush(30):
                failures.append(AssertionError("a flush failed"))
            journal.pending()

    reporters = [threading.Thread(target=report_all, args=(thread,)) for thread in range(THREADS)]
    flusher = threading.Thread(target=flush_all)
    with restless():
        for thread in [*reporters, flusher]:
            thread.start()
        for thread in reporters:
            thread.join()
        is_over.set()
        flusher.join()
        assert failures == []
        assert journal.flush(30)
    assert journal.pending() == 0
    assert_whole_and_in_order(sink.payloads("states"))
    assert_whole_and_in_order(sink.payloads("logs"))
    assert journal.close().message is None
    sink.close()


def test_a_journal_that_closes_while_threads_report_stores_all_that_it_took(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "sink.db")
    journal = Journal.open(tmp_path / "home", sink, options=JournalOptions(segment_bytes=1024, tick_seconds=0.0001))
    taken: list[list[bytes]] = [[] for _ in range(THREADS)]
    has_begun = threading.Barrier(THREADS + 1)

    def report_until_refused(thread: int) -> None:
        from headrace.journal import StaleJournal

        has_begun.wait()
        number = 0
        while True:
            try:
                journal.report(record(thread, number))
            except StaleJournal:
                return
            taken[thread].append(record(thread, number))
            number += 1

    threads = [threading.Thread(target=report_until_refused, args=(thread,)) for thread in range(THREADS)]
    with restless():
        for thread in threads:
            thread.start()
        has_begun.wait()
        ending = journal.close()
        for thread in threads:
            thread.join()
    assert ending.message is None
    stored = sink.payloads("states")
    assert len(stored) == sum(map(len, taken))
    for thread, mine in enumerate(taken):
        assert [payload for payload in stored if payload.startswith(b"%d " % thread)] == mine
    sink.close()


def test_sixteen_journals_in_one_home_know_nothing_of_each_other(tmp_path: Path) -> None:
    sinks = [RecordingSink(tmp_path / f"sink{number}.db") for number in range(16)]
    options = JournalOptions(segment_bytes=4096, tick_seconds=0.001)
    journals = [Journal.open(tmp_path / "home", sink, options=options) for sink in sinks]
    assert [info.status for info in list_journals(tmp_path / "home")] == ["alive"] * 16

    def report_all(number: int) -> None:
        for index in range(300):
            journals[number].report(record(number, index))

    threads = [threading.Thread(target=report_all, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, (journal, sink) in enumerate(zip(journals, sinks, strict=True)):
        assert journal.close().message is None
        assert sink.payloads("states") == [record(number, index) for index in range(300)]
        sink.close()
    assert list_journals(tmp_path / "home") == []
