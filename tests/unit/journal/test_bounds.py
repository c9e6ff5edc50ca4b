"""The bound on waiting log lines: the oldest go, the run's log says how many, and states stay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace._kernel import clock, ids
from headrace._records import LogLine, decode_record
from headrace.journal import Journal, recover
from tests.support.journal_folders import line, quiet, report
from tests.support.recording_sink import RecordingSink

RUN, OTHER_RUN = ids.new_id(), ids.new_id()
SEGMENT = 1 << 14


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[RecordingSink]:
    sink = RecordingSink(tmp_path / "sink.db")
    yield sink
    sink.close()


def open_journal(home: Path, sink: RecordingSink, bound_segments: int) -> Journal:
    return Journal.open(
        home,
        sink,
        options=quiet(segment_bytes=SEGMENT, log_bound_bytes=bound_segments * SEGMENT, notify=lambda _: None),
    )


def tick(journal: Journal) -> None:
    """What the drainer does at its next tick."""
    journal._tick()


def log_lines(sink: RecordingSink) -> list[LogLine]:
    lines = [decode_record(payload) for payload in sink.payloads("logs")]
    assert all(isinstance(found, LogLine) for found in lines)
    return lines  # type: ignore[return-value]


def check_that_all_are_told_of(found: list[LogLine], run: bytes | None, count: int) -> int:
    """Each line is there, or counted by a notice that stands in its place; returns how many are missing."""
    expected, missing = 0, 0
    for at in (found_line for found_line in found if found_line.flow_run_id == run):
        if at.logger == "headrace.journal":
            dropped = int(at.message.partition(" ")[0])
            assert "lines of this log were dropped" in at.message
            missing += dropped
            expected += dropped
        else:
            assert at.at == expected
            expected += 1
    assert expected == count
    return missing


def test_lines_within_the_bound_wait(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 100)
    for number in range(1000):
        journal.log(line(RUN, number))
    tick(journal)
    sink.outage = lambda: None
    journal.close()
    assert check_that_all_are_told_of(log_lines(sink), RUN, 1000) == 0


def test_lines_beyond_the_bound_are_dropped_oldest_first_and_counted_by_run(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 4)
    for number in range(5000):
        journal.log(line(RUN, number))
        journal.log(line(OTHER_RUN, number))
        journal.log(line(None, number))
        journal.report(report(number))
        if number % 500 == 499:
            tick(journal)
    assert sum(path.stat().st_blocks * 512 for path in journal.folder.glob("logs-*")) < 40 * SEGMENT
    sink.outage = lambda: None
    assert journal.close().kept_records == 0
    found = log_lines(sink)
    for run in (RUN, OTHER_RUN, None):
        missing = check_that_all_are_told_of(found, run, 5000)
        assert 3000 < missing < 5000
    assert [one.at for one in found if one.logger == "test"][-1] == 4999
    assert sink.payloads("states") == [report(number) for number in range(5000)]


def test_lines_that_were_stored_before_are_neither_dropped_nor_doubled(home: Path, sink: RecordingSink) -> None:
    journal = open_journal(home, sink, 3)
    for number in range(100):
        journal.log(line(RUN, number))
    assert journal.flush()
    sink.outage = lambda: "The server is away."
    for number in range(100, 4000):
        journal.log(line(RUN, number))
    tick(journal)
    sink.outage = lambda: None
    journal.close()
    found = log_lines(sink)
    assert [one.at for one in found[:100]] == list(range(100))
    assert check_that_all_are_told_of(found, RUN, 4000) > 1000
    positions = [position for series, position, _ in sink.rows() if series == "logs"]
    assert positions == sorted(set(positions))


def test_what_is_not_the_line_of_a_log_is_dropped_uncounted(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 2)
    for _ in range(3000):
        journal.log(b"no record of ours")
    journal.log(line(RUN, 0))
    tick(journal)
    sink.outage = lambda: None
    assert journal.close().kept_records == 0
    assert 0 < len(sink.payloads("logs")) < 3000
    assert sink.payloads("logs")[-1] == line(RUN, 0)


def test_a_recovery_reads_what_a_bounded_journal_left(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 3)
    for number in range(4000):
        journal.log(line(RUN, number))
        if number % 1000 == 999:
            tick(journal)
    kept = journal.close()
    sink.outage = lambda: None
    assert recover(home, sink).recovered[0].records == kept.kept_records
    assert check_that_all_are_told_of(log_lines(sink), RUN, 4000) > 1000


def test_a_damaged_segment_is_not_dropped(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 2)
    for number in range(3000):
        journal.log(line(RUN, number))
    path = journal.folder / "logs-00000001"
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"?????" + data[105:])
    before = path.read_bytes()
    tick(journal)
    assert path.read_bytes() == before
    journal.close()
    sink.outage = lambda: None
    assert len(recover(home, sink).damaged) == 1


def test_the_notice_has_the_time_of_the_last_line_it_counts(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 2)
    for number in range(2000):
        journal.log(line(RUN, number))
    tick(journal)
    sink.outage = lambda: None
    journal.close()
    times = [one.at for one in log_lines(sink)]
    assert times == sorted(times)
    assert times[0] < clock.now()


def test_lines_larger_than_a_segment_are_bounded_by_their_real_size(home: Path, sink: RecordingSink) -> None:
    sink.outage = lambda: "The server is away."
    journal = open_journal(home, sink, 20)
    for number in range(12):
        journal.log(line(RUN, number, size=6 * SEGMENT))
    tick(journal)
    assert sum(path.stat().st_blocks * 512 for path in journal.folder.glob("logs-*")) < 24 * SEGMENT
    sink.outage = lambda: None
    journal.close()
    assert 8 <= check_that_all_are_told_of(log_lines(sink), RUN, 12) <= 10
