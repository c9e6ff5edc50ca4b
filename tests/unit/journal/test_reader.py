"""Reading a dead process's series: a torn tail is the end, and damage anywhere else stops, behind all before it."""

from pathlib import Path

import pytest

from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import STATES, Folder
from headrace.journal.framing import HEADER_BYTES
from headrace.journal.positions import BEYOND, ORIGIN, at
from headrace.journal.reader import Chunk, SeriesReader
from headrace.journal.recovery import FolderSource
from tests.support.journal_folders import make_folder, write_series

RECORDS = [b"record %d " % n + b"x" * n for n in range(1, 30)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return make_folder(tmp_path)


def read_all(
    folder: Folder, start: int = ORIGIN, step: int = 1000, found: list[bytes] | None = None
) -> tuple[list[bytes], int]:
    reader = SeriesReader(FolderSource(folder, STATES))
    found = [] if found is None else found
    while True:
        chunk = reader.read(start, until=BEYOND, max_records=step)
        found += chunk.payloads
        start = chunk.end
        if chunk.is_complete:
            return found, start


def segment(folder: Folder, number: int) -> Path:
    return Path(folder.segment_path(STATES, number))


def test_records_of_many_segments_are_read_in_order_from_any_cursor(folder: Folder) -> None:
    write_series(folder, STATES, RECORDS, segment_bytes=120)
    assert len(folder.segments(STATES)) > 5
    for step in (1, 2, 7, 1000):
        assert read_all(folder, step=step)[0] == RECORDS
    reader = SeriesReader(FolderSource(folder, STATES))
    positions = reader.read(ORIGIN, until=BEYOND, max_records=1000).positions
    for index, position in enumerate(positions):
        assert read_all(folder, position)[0] == RECORDS[index:]


def test_a_cursor_behind_the_last_record_of_a_sealed_segment_goes_on_in_the_next(folder: Folder) -> None:
    write_series(folder, STATES, [b"a" * 90, b"b" * 90], segment_bytes=100)
    assert read_all(folder, at(1, HEADER_BYTES + 90)) == ([b"b" * 90], at(2, HEADER_BYTES + 90))
    assert read_all(folder, at(2, 0)) == ([b"b" * 90], at(2, HEADER_BYTES + 90))


def test_the_end_behind_a_sealed_segment_lies_in_the_next(folder: Folder) -> None:
    write_series(folder, STATES, [b"a" * 90, b"b" * 90], segment_bytes=100)
    reader = SeriesReader(FolderSource(folder, STATES))
    assert reader.read(ORIGIN, until=at(2, 0), max_records=10) == Chunk(at(2, 0), [at(1, 0)], [b"a" * 90], True)


def test_a_record_larger_than_a_segment_has_one_of_its_own(folder: Folder) -> None:
    records = [b"small", b"L" * 5000, b"small again", b"M" * 500_000]
    write_series(folder, STATES, records, segment_bytes=100)
    assert read_all(folder)[0] == records
    assert segment(folder, 2).stat().st_size == HEADER_BYTES + 5000


def test_a_chunk_of_large_records_ends_early(folder: Folder) -> None:
    records = [bytes([n]) * 3_000_000 for n in range(1, 5)]
    write_series(folder, STATES, records, segment_bytes=100)
    reader = SeriesReader(FolderSource(folder, STATES))
    assert len(reader.read(ORIGIN, until=BEYOND, max_records=1000).payloads) == 2
    assert read_all(folder)[0] == records


@pytest.mark.parametrize("how", ["cut", "zeros"])
def test_a_journal_cut_at_every_byte_of_its_last_record_gives_all_before(folder: Folder, how: str) -> None:
    write_series(folder, STATES, RECORDS[:5], segment_bytes=1 << 12)
    path = segment(folder, 1)
    whole = path.read_bytes()
    end = sum(HEADER_BYTES + len(record) for record in RECORDS[:5])
    for cut in range(end - HEADER_BYTES - len(RECORDS[4]), end):
        path.write_bytes(whole[:cut] + (bytes(len(whole) - cut) if how == "zeros" else b""))
        found, cursor = read_all(folder)
        assert found == RECORDS[:4]
        assert cursor == at(1, end - HEADER_BYTES - len(RECORDS[4]))


def test_a_last_record_of_which_only_the_end_arrived_is_torn_as_well(folder: Folder) -> None:
    write_series(folder, STATES, RECORDS[:5], segment_bytes=1 << 12)
    path = segment(folder, 1)
    whole = path.read_bytes()
    start = sum(HEADER_BYTES + len(record) for record in RECORDS[:4])
    for count in range(1, HEADER_BYTES + len(RECORDS[4])):
        path.write_bytes(whole[:start] + bytes(count) + whole[start + count :])
        assert read_all(folder)[0] == RECORDS[:4]


@pytest.mark.parametrize("byte", [0, 2, 5, HEADER_BYTES, HEADER_BYTES + 3])
def test_a_damaged_record_with_others_behind_it_stops_with_what_stands_before(folder: Folder, byte: int) -> None:
    write_series(folder, STATES, RECORDS[:9], segment_bytes=1 << 12)
    path = segment(folder, 1)
    data = bytearray(path.read_bytes())
    start = sum(HEADER_BYTES + len(record) for record in RECORDS[:4])
    data[start + byte] ^= 0x41
    path.write_bytes(data)
    assert_damaged(folder, RECORDS[:4], path, start)


def test_zeros_with_records_behind_them_are_damage_and_not_the_end(folder: Folder) -> None:
    write_series(folder, STATES, RECORDS[:9], segment_bytes=1 << 12)
    path = segment(folder, 1)
    data = bytearray(path.read_bytes())
    start = sum(HEADER_BYTES + len(record) for record in RECORDS[:4])
    size = HEADER_BYTES + len(RECORDS[4])
    data[start : start + size] = bytes(size)
    path.write_bytes(data)
    assert_damaged(folder, RECORDS[:4], path, start)


def test_a_torn_record_in_a_segment_that_is_not_the_last_is_damage(folder: Folder) -> None:
    write_series(folder, STATES, [b"a" * 40, b"b" * 40, b"c" * 40], segment_bytes=100)
    path = segment(folder, 1)
    data = bytearray(path.read_bytes())
    data[HEADER_BYTES + 40 + HEADER_BYTES + 20 :] = bytes(len(data) - (HEADER_BYTES + 40 + HEADER_BYTES + 20))
    path.write_bytes(data)
    assert_damaged(folder, [b"a" * 40], path, HEADER_BYTES + 40)


def test_a_missing_segment_is_damage(folder: Folder) -> None:
    write_series(folder, STATES, [b"a" * 90, b"b" * 90, b"c" * 90], segment_bytes=100)
    segment(folder, 2).unlink()
    assert_damaged(folder, [b"a" * 90], segment(folder, 2), 0)


def test_a_segment_that_ends_before_the_cursor_is_damage(folder: Folder) -> None:
    write_series(folder, STATES, [b"a" * 90, b"b" * 90], segment_bytes=100)
    segment(folder, 1).write_bytes(b"")
    with pytest.raises(DamagedJournal):
        read_all(folder, at(1, HEADER_BYTES + 90))


def test_a_cursor_behind_all_segments_is_the_end(folder: Folder) -> None:
    assert read_all(folder, at(7, 0)) == ([], at(7, 0))
    write_series(folder, STATES, RECORDS)
    assert read_all(folder, at(7, 0)) == ([], at(7, 0))


def assert_damaged(folder: Folder, before: list[bytes], path: Path, offset: int) -> None:
    found: list[bytes] = []
    with pytest.raises(DamagedJournal) as caught:
        read_all(folder, step=2, found=found)
    assert found == before
    assert (caught.value.path, caught.value.offset) == (str(path), offset)
    assert str(path) in str(caught.value)
    assert path.exists() or offset == 0
