"""Appending to a series, mapped and written: order, rolling, and what cannot be appended any more."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from headrace.journal.errors import StaleJournal
from headrace.journal.folder import STATES, Folder
from headrace.journal.overflow import Overflow
from headrace.journal.positions import BEYOND, ORIGIN, at, offset_of, segment_of
from headrace.journal.reader import SeriesReader
from headrace.journal.segments import MappedSegment, WritableSegment, WrittenSegment
from headrace.journal.writer import SeriesWriter
from tests.support.journal_folders import make_folder


@pytest.fixture(params=[True, False], ids=["mapped", "written"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    return make_folder(tmp_path, is_mapped=request.param)


def open_writer(folder: Folder, segment_bytes: int = 200) -> SeriesWriter:
    messages: list[str] = []
    return SeriesWriter(STATES, folder, Overflow(1 << 20, messages.append), segment_bytes=segment_bytes)


def read(writer: SeriesWriter, start: int = ORIGIN, until: int = BEYOND) -> list[bytes]:
    return SeriesReader(writer).read(start, until=until, max_records=1_000_000).payloads


def test_what_is_appended_is_read_at_once_in_order(folder: Folder) -> None:
    writer = open_writer(folder)
    records = [b"%d" % n * (n % 60 + 1) for n in range(300)]
    reader = SeriesReader(writer)
    cursor = ORIGIN
    for record in records:
        writer.append(record)
        chunk = reader.read(cursor, until=writer.end(), max_records=10)
        assert chunk.payloads == [record]
        assert chunk.is_complete
        cursor = chunk.end
        assert cursor == writer.end()
    assert read(writer) == records
    assert segment_of(writer.end()) > 20


def test_the_kind_of_segment_is_the_one_that_was_asked_for(folder: Folder) -> None:
    writer = open_writer(folder)
    writer.append(b"record")
    expected = MappedSegment if folder.is_mapped else WrittenSegment
    assert isinstance(writer.find(1), expected)


def test_nothing_is_opened_before_the_first_record(folder: Folder) -> None:
    writer = open_writer(folder)
    assert writer.end() == ORIGIN
    assert writer.find(1) is None
    assert folder.segments(STATES) == []


def test_reading_until_an_earlier_end_stops_there(folder: Folder) -> None:
    writer = open_writer(folder)
    ends = []
    for number in range(50):
        ends.append(writer.end())
        writer.append(b"%03d" % number)
    for number, end in enumerate(ends):
        assert read(writer, until=end) == [b"%03d" % before for before in range(number)]


def test_reading_until_a_place_that_was_passed_already_gives_nothing(folder: Folder) -> None:
    writer = open_writer(folder, segment_bytes=100)
    ends = []
    for number in range(20):
        writer.append(b"%03d" % number)
        ends.append(writer.end())
    reader = SeriesReader(writer)
    for cursor in ends:
        for until in ends:
            if until <= cursor:
                chunk = reader.read(cursor, until=until, max_records=10)
                assert (chunk.payloads, chunk.end, chunk.is_complete) == ([], cursor, True)


def test_a_record_larger_than_a_segment_is_appended_in_order(folder: Folder) -> None:
    writer = open_writer(folder, segment_bytes=100)
    records = [b"a", b"L" * 10_000, b"b", b"c", b"M" * 101, b"N" * 92, b"d"]
    for record in records:
        writer.append(record)
    assert read(writer) == records


def test_segments_behind_the_cursor_are_removed_and_that_of_the_cursor_is_not(folder: Folder) -> None:
    writer = open_writer(folder, segment_bytes=100)
    for number in range(20):
        writer.append(b"%02d" % number * 30)
    assert folder.segments(STATES) == list(range(1, 21))
    writer.release_behind(at(7, 50))
    assert folder.segments(STATES) == list(range(7, 21))
    writer.release_behind(at(7, 50))
    writer.release_behind(ORIGIN)
    assert read(writer, at(7, 0)) == [b"%02d" % number * 30 for number in range(6, 20)]


def test_a_retired_series_takes_nothing_more_and_can_still_be_read(folder: Folder) -> None:
    writer = open_writer(folder)
    append = writer.append
    append(b"before")
    writer.retire("it was closed")
    for record in (b"x", b"x" * 1000):
        with pytest.raises(StaleJournal, match="it was closed"):
            append(record)
    assert read(writer, until=writer.end()) == [b"before"]


def test_a_retired_series_that_was_never_used_takes_nothing(folder: Folder) -> None:
    writer = open_writer(folder)
    writer.retire("it was closed")
    with pytest.raises(StaleJournal):
        writer.append(b"x")
    assert writer.end() == ORIGIN


def test_a_smaller_record_that_races_with_the_seal_is_not_missed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    writer = open_writer(folder, segment_bytes=100)
    writer.append(b"a" * 60)
    first = writer.find(1)
    assert isinstance(first, MappedSegment)
    reader = SeriesReader(writer)
    chunk = reader.read(ORIGIN, until=BEYOND, max_records=10)
    assert chunk.payloads == [b"a" * 60]
    # Another thread, whose record still fits, comes between the append that did not and the seal.
    seal = first.seal

    def seal_late() -> None:
        writer.append(b"racer")
        seal()

    first.seal = seal_late  # type: ignore[method-assign]
    writer.append(b"b" * 60)
    assert reader.read(chunk.end, until=writer.end(), max_records=10).payloads == [b"racer", b"b" * 60]


def test_a_file_that_cannot_be_mapped_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int, path: str, size: int) -> WritableSegment:
        raise OSError(19, "No such device")

    monkeypatch.setattr("headrace.journal.folder.MappedSegment", refuse)
    folder = make_folder(tmp_path)
    writer = open_writer(folder)
    writer.append(b"record")
    assert isinstance(writer.find(1), WrittenSegment)
    assert read(writer) == [b"record"]


@pytest.mark.parametrize("step", ["new_segment", "_new_segment"])
def test_a_signal_handler_that_reports_while_a_segment_is_opened_neither_hangs_nor_loses(
    folder: Folder, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_writer(folder, segment_bytes=100)
    handled = 0

    def report_from_handler(*_: object) -> None:
        nonlocal handled
        handled += 1
        writer.append(b"h" * 90)
        writer.append(b"small")

    opening: Callable[..., WritableSegment] = getattr(folder, step)

    def open_interrupted(*arguments: object) -> WritableSegment:
        if not handled:
            signal.raise_signal(signal.SIGUSR1)
        return opening(*arguments)

    before = signal.signal(signal.SIGUSR1, report_from_handler)
    try:
        writer.append(b"1" * 90)
        monkeypatch.setattr(folder, step, open_interrupted)
        writer.append(b"2" * 90)
        monkeypatch.setattr(folder, step, opening)
        writer.append(b"3" * 90)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert handled == 1
    found = read(writer)
    assert [record for record in found if record[:1] in b"123"] == [b"1" * 90, b"2" * 90, b"3" * 90]
    assert found.count(b"h" * 90) == found.count(b"small") == handled


def test_positions_grow_and_name_their_records(folder: Folder) -> None:
    writer = open_writer(folder, segment_bytes=100)
    for number in range(40):
        writer.append(b"%d" % number * 7)
    chunk = SeriesReader(writer).read(ORIGIN, until=BEYOND, max_records=1000)
    assert chunk.positions == sorted(set(chunk.positions))
    assert offset_of(chunk.positions[0]) == 0
    for position, payload in zip(chunk.positions, chunk.payloads, strict=True):
        assert SeriesReader(writer).read(position, until=BEYOND, max_records=1).payloads == [payload]
