"""The journal's face: proposals get their verdicts, a flush stores everything before it, an end keeps what it must."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace._kernel import ids
from headrace._stream import Batch, Burial, IngestReply, JournalIdentity, SinkRefused, SinkUnavailable
from headrace.journal import Journal, JournalOptions, StaleJournal, UnusableHome, list_journals, recover
from headrace.journal import volumes as volumes_module
from headrace.journal.folder import journals_of
from headrace.journal.reader import CHUNK_BYTES
from tests.support.journal_folders import begin, conclude, key_of, line, quiet, report
from tests.support.recording_sink import RecordingSink

RUN = ids.new_id()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[RecordingSink]:
    sink = RecordingSink(tmp_path / "sink.db")
    yield sink
    sink.close()


@pytest.fixture(params=[True, False], ids=["mapped", "written"])
def is_mapped(request: pytest.FixtureRequest) -> bool:
    return request.param


def folders(home: Path) -> list[Path]:
    return list(journals_of(home).iterdir())


def test_a_run_from_its_begin_to_its_end(home: Path, sink: RecordingSink, is_mapped: bool) -> None:
    journal = Journal.open(home, sink, options=quiet(is_mapped=is_mapped))
    verdict = journal.propose(begin(RUN), key_of(RUN, 2))
    assert verdict is not None
    assert (verdict.status, verdict.ordinal) == ("ACCEPT", 2)
    journal.report(report(1))
    journal.log(line(RUN, 1))
    journal.report(report(2))
    assert journal.pending() == 3
    verdict = journal.propose(conclude(RUN), key_of(RUN, 3))
    assert verdict is not None
    assert verdict.state is not None
    assert verdict.state.type == "COMPLETED"
    assert journal.pending() == 0
    assert sink.payloads("states") == [begin(RUN), report(1), report(2), conclude(RUN)]
    assert sink.payloads("logs") == [line(RUN, 1)]
    ending = journal.close()
    assert (ending.kept_records, ending.message, ending.burial) == (0, None, Burial())
    assert sink.burials() == [(journal.journal_id, "The process ended before this run did.")]
    assert folders(home) == []


def test_a_journal_that_was_never_used_leaves_no_trace(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet())
    assert journal.flush()
    assert journal.close().burial is None
    assert sink.cursors(journal.identity) is None
    assert folders(home) == []


def test_logs_are_stored_before_the_states_that_follow_them(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet())
    for number in range(1200):
        journal.log(line(RUN, number))
    journal.propose(conclude(RUN), key_of(RUN, 3))
    assert sink.batches == [(0, 500), (0, 500), (1, 200)]
    journal.close()


def test_states_wait_for_lines_that_are_too_long_for_one_batch(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet())
    for number in range(3):
        journal.log(line(RUN, number, size=CHUNK_BYTES * 2 // 3))
    journal.propose(conclude(RUN), key_of(RUN, 3))
    assert sink.batches == [(0, 2), (1, 1)]
    journal.close()


def test_batches_are_small_at_a_barrier_and_large_at_the_end(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet())
    for number in range(700):
        journal.report(report(number))
    assert journal.flush()
    assert sink.batches == [(500, 0), (200, 0)]
    for number in range(5000):
        journal.report(report(number))
    journal.close()
    assert sink.batches[2:] == [(2000, 0), (2000, 0), (1000, 0)]


def test_the_drainer_stores_without_being_asked(home: Path, sink: RecordingSink) -> None:
    stored = threading.Event()
    ingest = sink.ingest

    def ingest_and_tell(batch: Batch) -> IngestReply:
        reply = ingest(batch)
        stored.set()
        return reply

    sink.ingest = ingest_and_tell  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=JournalOptions(tick_seconds=0.001, idle_tick_seconds=0.001))
    journal.report(report(1))
    assert stored.wait(30)
    journal.close()
    assert sink.payloads("states") == [report(1)]


def test_several_threads_propose_at_once_and_each_gets_its_own_verdict(
    home: Path, sink: RecordingSink, is_mapped: bool
) -> None:
    options = JournalOptions(segment_bytes=4096, tick_seconds=0.001, is_mapped=is_mapped)
    journal = Journal.open(home, sink, options=options)
    wrong: list[object] = []

    def run_flows() -> None:
        for _ in range(30):
            run = ids.new_id()
            for ordinal, record in ((2, begin(run)), (3, conclude(run))):
                verdict = journal.propose(record, key_of(run, ordinal))
                if verdict is None or (verdict.run_id, verdict.ordinal) != (run, ordinal):
                    wrong.append(verdict)
                journal.log(line(run, ordinal))

    threads = [threading.Thread(target=run_flows) for _ in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
    assert journal.close().kept_records == 0
    assert len(sink.payloads("states")) == len(set(sink.payloads("states"))) == 8 * 30 * 2
    assert len(sink.payloads("logs")) == 8 * 30 * 2


def test_records_of_a_closed_journal_are_refused(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet())
    journal.report(report(1))
    first = journal.close()
    assert journal.is_stale
    assert journal.close() is first
    for append in (journal.report, journal.log):
        with pytest.raises(StaleJournal, match="closed"):
            append(report(2))
    with pytest.raises(StaleJournal):
        journal.propose(conclude(RUN), key_of(RUN, 3))
    assert journal.flush()
    assert sink.payloads("states") == [report(1)]


def test_an_unavailable_sink_at_the_begin_is_told_once_and_made_up_for(home: Path, sink: RecordingSink) -> None:
    messages: list[str] = []
    sink.outage = lambda: "The store is locked away."
    journal = Journal.open(home, sink, options=quiet(notify=messages.append))
    assert journal.propose(begin(RUN), key_of(RUN, 2), 5) is None
    journal.report(report(1))
    assert journal.flush(5) is False
    assert journal.flush(5) is False
    assert len(messages) == 1
    assert messages[0].startswith("The store is locked away. ")
    assert str(journal.folder) in messages[0]
    sink.outage = lambda: None
    assert journal.close().kept_records == 0
    assert sink.payloads("states") == [begin(RUN), report(1)]
    assert len(messages) == 1


def test_an_unavailable_sink_in_the_middle_loses_and_doubles_nothing(home: Path, sink: RecordingSink) -> None:
    asked = 0

    def fail_now_and_then() -> str | None:
        nonlocal asked
        asked += 1
        return "It fails." if asked % 3 else None

    sink.outage = fail_now_and_then
    options = JournalOptions(tick_seconds=0.001, idle_tick_seconds=0.001, notify=lambda _: None, segment_bytes=1 << 14)
    journal = Journal.open(home, sink, options=options)
    for number in range(3000):
        journal.report(report(number))
        journal.log(line(RUN, number))
        if number % 100 == 0:
            journal.flush(5)
    sink.outage = lambda: None
    assert journal.close().kept_records == 0
    assert sink.payloads("states") == [report(number) for number in range(3000)]
    assert sink.payloads("logs") == [line(RUN, number) for number in range(3000)]


def test_what_is_told_elsewhere_is_stored_before_what_is_reported_from_then_on(home: Path, sink: RecordingSink) -> None:
    told: list[str] = []
    journal = Journal.open(home, sink, options=quiet(notify=told.append))
    journal.propose(begin(RUN), key_of(RUN, 2))
    is_away = True
    others: list[int] = []

    def store_others() -> None:
        if is_away:
            raise SinkUnavailable("The others cannot be stored.")
        others.append(len(sink.payloads("states")))

    journal.store_first(store_others)
    assert journal.propose(conclude(RUN), key_of(RUN, 3), timeout=0) is None
    assert "The others cannot be stored." in told[0]
    assert sink.payloads("states") == [begin(RUN)]
    is_away = False
    assert journal.close().kept_records == 0
    assert others == [1]
    assert sink.payloads("states") == [begin(RUN), conclude(RUN)]


def test_a_sink_that_stays_away_leaves_a_folder_that_a_recovery_stores(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = Journal.open(home, sink, options=quiet(notify=lambda _: None))
    journal.report(report(1))
    journal.log(line(RUN, 1))
    ending = journal.close()
    assert (ending.kept_records, ending.lost_records, ending.folder) == (2, 0, str(journal.folder))
    assert ending.message is not None
    assert "2 records" in ending.message
    assert "The server is away." in ending.message
    (info,) = list_journals(home)
    assert (info.status, info.records, info.note) == ("kept", 2, ending.message)
    sink.outage = lambda: None
    # The folder was let go: what comes too late does not reach into what may be somebody else's now.
    assert journal.flush() is False
    assert sink.payloads("states") == []
    assert recover(home, sink).recovered[0].records == 2
    assert sink.payloads("states") == [report(1)]
    assert folders(home) == []


def test_a_sink_that_goes_away_before_the_burial_leaves_that_to_a_recovery(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet(notify=lambda _: None))
    journal.report(report(1))
    assert journal.flush()
    sink.outage = lambda: "The server is away."
    ending = journal.close()
    assert (ending.kept_records, ending.folder) == (0, str(journal.folder))
    sink.outage = lambda: None
    (recovered,) = recover(home, sink).recovered
    assert (recovered.records, recovered.burial) == (0, Burial())
    assert sink.payloads("states") == [report(1)]


def test_a_defect_of_the_sink_neither_ends_the_draining_nor_keeps_the_process(home: Path, sink: RecordingSink) -> None:
    told = threading.Event()
    messages: list[str] = []

    def notify(message: str) -> None:
        messages.append(message)
        told.set()

    def fail(batch: Batch) -> IngestReply:
        raise ZeroDivisionError("a defect")

    ingest, sink.ingest = sink.ingest, fail  # type: ignore[method-assign]
    options = JournalOptions(tick_seconds=0.001, idle_tick_seconds=0.001, notify=notify)
    journal = Journal.open(home, sink, options=options)
    journal.report(report(1))
    assert told.wait(30)
    assert "a defect" in messages[0]
    ending = journal.close()
    assert ending.kept_records == 1
    assert "a defect" in (ending.message or "")
    sink.ingest = ingest  # type: ignore[method-assign]
    assert recover(home, sink).recovered[0].records == 1


def test_a_defect_of_the_sink_at_a_barrier_is_not_the_proposers(home: Path, sink: RecordingSink) -> None:
    def fail(batch: Batch) -> IngestReply:
        raise ZeroDivisionError("a defect")

    messages: list[str] = []
    ingest, sink.ingest = sink.ingest, fail  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=JournalOptions(notify=messages.append))
    assert journal.propose(report(1), (b"r" * 16, 1, 1)) is None
    assert "a defect" in messages[0]
    sink.ingest = ingest  # type: ignore[method-assign]
    journal.close()
    assert sink.payloads("states") == [report(1)]


def test_a_lost_reply_is_made_up_for(home: Path, sink: RecordingSink) -> None:
    ingest = sink.ingest
    lost = 0

    def ingest_and_lose(batch: Batch) -> IngestReply:
        nonlocal lost
        reply = ingest(batch)
        if not lost:
            lost += 1
            raise SinkUnavailable("The reply was lost.")
        return reply

    sink.ingest = ingest_and_lose  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=quiet(notify=lambda _: None))
    journal.report(report(1))
    assert journal.flush() is False
    journal.report(report(2))
    assert journal.close().kept_records == 0
    assert sink.payloads("states") == [report(1), report(2)]


def test_a_proposal_whose_reply_was_lost_is_proposed_again(home: Path, sink: RecordingSink) -> None:
    ingest = sink.ingest
    lost = 0

    def ingest_and_lose(batch: Batch) -> IngestReply:
        nonlocal lost
        reply = ingest(batch)
        if not lost:
            lost += 1
            raise SinkRefused("It was stored, but the reply went astray.", reply.states_cursor, reply.logs_cursor)
        return reply

    sink.ingest = ingest_and_lose  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=quiet())
    verdict = journal.propose(begin(RUN), key_of(RUN, 2))
    assert verdict is not None
    assert verdict.status == "ACCEPT"
    journal.close()


def test_a_sink_that_never_agrees_is_told_and_the_journal_kept(home: Path, sink: RecordingSink) -> None:
    def refuse(batch: Batch) -> IngestReply:
        raise SinkRefused("elsewhere", batch.states.start, batch.logs.start)

    messages: list[str] = []
    sink.ingest = refuse  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=quiet(notify=messages.append))
    journal.report(report(1))
    assert journal.flush() is False
    assert "does not agree" in messages[0]
    assert journal.close().kept_records == 1


def test_a_barrier_gives_up_at_its_time_out_while_another_thread_drains(home: Path, sink: RecordingSink) -> None:
    entered, leave = threading.Event(), threading.Event()
    ingest = sink.ingest

    def ingest_slowly(batch: Batch) -> IngestReply:
        entered.set()
        leave.wait(30)
        return ingest(batch)

    sink.ingest = ingest_slowly  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=quiet(exit_timeout_seconds=0.01))
    journal.report(report(1))
    thread = threading.Thread(target=journal.flush)
    thread.start()
    assert entered.wait(30)
    assert journal.propose(conclude(RUN), key_of(RUN, 3), 0.01) is None
    ending = journal.close()
    assert ending.kept_records == 2
    # The thread that is in the sink owns what it stores: nobody may take the folder before it is done.
    assert list_journals(home)[0].status == "alive"
    leave.set()
    thread.join()


def test_a_signal_handler_that_flushes_within_the_sink_does_not_wait_for_itself(
    home: Path, sink: RecordingSink
) -> None:
    answers: list[object] = []
    ingest = sink.ingest

    def ingest_interrupted(batch: Batch) -> IngestReply:
        answers.append(journal.flush())
        answers.append(journal.propose(conclude(RUN), key_of(RUN, 3)))
        return ingest(batch)

    sink.ingest = ingest_interrupted  # type: ignore[method-assign]
    journal = Journal.open(home, sink, options=quiet())
    journal.report(report(1))
    assert journal.flush()
    assert answers == [False, None]
    sink.ingest = ingest  # type: ignore[method-assign]
    journal.close()
    assert sink.payloads("states") == [report(1), conclude(RUN)]


def test_stored_segments_are_removed_while_the_process_runs(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet(segment_bytes=4096))
    for number in range(1000):
        journal.report(report(number))
    assert len(list(journal.folder.glob("states-*"))) > 10
    assert journal.flush()
    assert len(list(journal.folder.glob("states-*"))) == 1
    journal.close()


def test_a_journal_with_disk_durability_does_the_same(home: Path, sink: RecordingSink, is_mapped: bool) -> None:
    options = quiet(durability="disk", segment_bytes=4096, is_mapped=is_mapped)
    journal = Journal.open(home, sink, options=options)
    for number in range(200):
        journal.report(report(number))
    verdict = journal.propose(conclude(RUN), key_of(RUN, 3))
    assert verdict is not None
    journal.close()
    assert sink.payloads("states") == [*(report(number) for number in range(200)), conclude(RUN)]


def test_with_disk_durability_records_are_synced_before_the_sink_hears_of_them(
    home: Path, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    at_exchanges: list[set[int]] = []
    fsync = os.fsync

    def watched_fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    sink.outage = lambda: at_exchanges.append(set(synced))
    journal = Journal.open(home, sink, options=quiet(durability="disk"))
    for number in range(2):
        journal.report(report(number))
        synced.clear()
        assert journal.flush()
        assert (journal.folder / "states-00000001").stat().st_ino in at_exchanges[-1]
    journal.close()


def test_damage_under_a_living_process_is_told_and_kept(home: Path, sink: RecordingSink) -> None:
    messages: list[str] = []
    journal = Journal.open(home, sink, options=quiet(notify=messages.append, segment_bytes=1 << 16))
    journal.report(report(1))
    assert journal.flush()
    for number in range(2, 12):
        journal.report(report(number))
    path = journal.folder / "states-00000001"
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(data.index(report(6)) + 3)
        file.write(b"?")
    assert journal.flush() is False
    assert "damaged" in messages[0]
    assert journal.close().folder == str(journal.folder)
    assert sink.payloads("states") == [report(number) for number in range(1, 6)]
    (found,) = recover(home, sink).damaged
    assert found.path == str(journal.folder)
    assert list_journals(home)[0].status == "damaged"


def test_a_home_that_cannot_be_written_is_refused_with_what_to_set(tmp_path: Path, sink: RecordingSink) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableHome, match="HEADRACE_HOME"):
        Journal.open(tmp_path / "file" / "home", sink)


def test_a_network_home_is_refused(home: Path, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = home / "mountinfo"
    mounts.write_text(f"36 35 98:0 / {home} rw,noatime master:1 - nfs4 server:/export rw\n")
    monkeypatch.setattr(volumes_module.refuse_network, "__defaults__", (str(mounts),))
    with pytest.raises(UnusableHome, match="nfs4"):
        Journal.open(home, sink)
    assert not journals_of(home).exists()


def test_the_header_says_who_writes(home: Path, sink: RecordingSink) -> None:
    journal = Journal.open(home, sink, options=quiet())
    (info,) = list_journals(home)
    assert info.status == "alive"
    told: JournalIdentity = journal.identity
    assert (info.journal_id, info.pid, info.host, info.boot_id, info.started_at, info.sink_id) == (
        told.journal_id,
        told.pid,
        told.host,
        told.boot_id,
        told.started_at,
        "recording",
    )
    journal.close()
