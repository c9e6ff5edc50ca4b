"""A disk without room: what is reported waits in memory, in order, and is written out, or stored, when it can be."""

import resource
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headrace._records import LogLine, decode_record
from headrace.journal import Journal, StaleJournal, recover
from tests.faults.volumes import fill, small_volume
from tests.support.journal_folders import line, quiet, report
from tests.support.recording_sink import RecordingSink

RUN = bytes(16)
NUMBERS = range(3000)


class Disk:
    """A home on a disk that can be made full, and given room again."""

    def __init__(self, home: Path, make_full: Callable[[], None], make_room: Callable[[], None]) -> None:
        self.home, self.make_full, self.make_room = home, make_full, make_room


@contextmanager
def tmpfs_disk(folder: Path) -> Generator[Disk]:
    with small_volume(folder / "volume", 8):
        fillers: list[Path] = []
        yield Disk(
            folder / "volume" / "home",
            lambda: fillers.append(fill(folder / "volume")),
            lambda: fillers.pop().unlink(),
        )


@contextmanager
def limited_disk(folder: Path) -> Generator[Disk]:
    """Files of this process cannot grow: what a quota answers, on any system and for any user."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield Disk(
            folder / "home",
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard)),
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)),
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(params=[tmpfs_disk, limited_disk], ids=["small volume", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Disk]:
    with request.param(tmp_path) as disk:
        yield disk


@pytest.fixture
def sink(tmp_path: Path) -> Generator[RecordingSink]:
    """A sink on another disk: away while told so, as a store on the full disk would be."""
    sink = RecordingSink(tmp_path / "sink.db")
    yield sink
    sink.close()


@pytest.fixture(params=[True, False], ids=["mapped", "written"])
def is_mapped(request: pytest.FixtureRequest) -> bool:
    return request.param


def away() -> str | None:
    return "The store is on the same disk."


def here() -> str | None:
    return None


def report_all(journal: Journal, numbers: range) -> None:
    for number in numbers:
        journal.report(report(number))
        journal.log(line(RUN, number))


def tick(journal: Journal) -> None:
    journal._write_out_at = 0.0  # As if a second had passed since the last attempt.
    journal._tick()


def assert_stored(sink: RecordingSink, numbers: range = NUMBERS) -> None:
    assert sink.payloads("states") == [report(number) for number in numbers]
    assert sink.payloads("logs") == [line(RUN, number) for number in numbers]


def test_what_waits_in_memory_is_written_out_when_there_is_room(
    disk: Disk, sink: RecordingSink, is_mapped: bool
) -> None:
    messages: list[str] = []
    options = quiet(segment_bytes=1 << 14, is_mapped=is_mapped, notify=messages.append)
    journal = Journal.open(disk.home, sink, options=options)
    report_all(journal, range(1000))
    disk.make_full()
    sink.outage = away
    report_all(journal, range(1000, 2000))
    for _ in range(3):
        tick(journal)
    report_all(journal, range(2000, 2500))
    assert len([message for message in messages if "kept in memory" in message]) == 1
    before = len(list(journal.folder.iterdir()))
    disk.make_room()
    tick(journal)
    assert len(list(journal.folder.iterdir())) > before
    report_all(journal, range(2500, 3000))
    # The process dies here, and everything is on the disk.
    journal._folder.release()
    sink.outage = here
    assert recover(disk.home, sink).recovered[0].records == 6000
    assert_stored(sink)
    journal.close()


def test_a_sink_that_is_elsewhere_goes_on_being_drained_to(disk: Disk, sink: RecordingSink, is_mapped: bool) -> None:
    options = quiet(segment_bytes=1 << 14, is_mapped=is_mapped, notify=lambda _: None)
    journal = Journal.open(disk.home, sink, options=options)
    report_all(journal, range(1000))
    with fenced(disk):
        report_all(journal, range(1000, 1500))
    assert journal.flush()
    assert_stored(sink, range(1500))
    with fenced(disk):
        report_all(journal, range(1500, 2900))
    assert journal.flush()
    report_all(journal, range(2900, 3000))
    assert journal.close().message is None
    assert_stored(sink)


@contextmanager
def fenced(disk: Disk) -> Generator[None]:
    """The disk is full while records are appended; the sink's own file grows afterwards."""
    disk.make_full()
    try:
        yield
    finally:
        disk.make_room()


def test_a_disk_that_stays_full_to_the_end_says_what_was_lost(disk: Disk, sink: RecordingSink) -> None:
    journal = Journal.open(disk.home, sink, options=quiet(segment_bytes=1 << 14, notify=lambda _: None))
    report_all(journal, range(1000))
    disk.make_full()
    sink.outage = away
    report_all(journal, range(1000, 3000))
    ending = journal.close()
    assert ending.message is not None
    assert "disk is full" in ending.message
    assert ending.kept_records + ending.lost_records == 6000
    assert 2000 <= ending.kept_records < 6000
    disk.make_room()
    sink.outage = here
    assert recover(disk.home, sink).recovered[0].records == ending.kept_records
    states, logs = sink.payloads("states"), sink.payloads("logs")
    assert states == [report(number) for number in range(len(states))]
    assert logs == [line(RUN, number) for number in range(len(logs))]


def test_a_sink_does_not_hear_of_a_journal_before_it_is_there_for_a_recovery(disk: Disk, sink: RecordingSink) -> None:
    disk.home.mkdir()
    disk.make_full()
    messages: list[str] = []
    journal = Journal.open(disk.home, sink, options=quiet(notify=messages.append))
    report_all(journal, range(10))
    assert not journal.flush()
    assert any("cannot be made" in message for message in messages)
    ending = journal.close()
    disk.make_room()
    assert (ending.kept_records, ending.lost_records) == (0, 20)
    assert sink.payloads("states") == []


def test_a_journal_that_begins_on_a_full_disk_is_born_when_there_is_room(disk: Disk, sink: RecordingSink) -> None:
    disk.home.mkdir()
    disk.make_full()
    sink.outage = away
    messages: list[str] = []
    journal = Journal.open(disk.home, sink, options=quiet(segment_bytes=1 << 14, notify=messages.append))
    report_all(journal, range(1500))
    tick(journal)
    assert not journal.folder.exists()
    assert "kept in memory" in messages[0]
    disk.make_room()
    tick(journal)
    assert journal.folder.exists()
    report_all(journal, range(1500, 3000))
    sink.outage = here
    assert journal.close().message is None
    assert_stored(sink)


def test_lines_beyond_the_memorys_bound_are_dropped_and_counted_and_states_are_not(
    disk: Disk, sink: RecordingSink
) -> None:
    options = quiet(segment_bytes=1 << 14, buffer_cap_bytes=1 << 16, notify=lambda _: None)
    journal = Journal.open(disk.home, sink, options=options)
    disk.make_full()
    sink.outage = away
    for number in NUMBERS:
        journal.log(line(RUN, number))
    disk.make_room()
    tick(journal)
    for number in NUMBERS:
        journal.report(report(number))
    sink.outage = here
    assert journal.close().message is None
    lines = [decode_record(payload) for payload in sink.payloads("logs")]
    kept = [found.at for found in lines if isinstance(found, LogLine) and found.logger == "test"]
    (notice,) = [found for found in lines if isinstance(found, LogLine) and found.logger == "headrace.journal"]
    assert kept == list(range(len(kept)))
    assert notice.message.startswith(f"{3000 - len(kept)} lines of this log were dropped here: the disk was full")
    assert sink.payloads("states") == [report(number) for number in NUMBERS]


def test_states_beyond_the_memorys_bound_wait_for_room(disk: Disk, sink: RecordingSink) -> None:
    waited = 0

    def make_room_when_told(message: str) -> None:
        nonlocal waited
        if "runs wait" in message:
            waited += 1
            disk.make_room()

    options = quiet(segment_bytes=1 << 14, buffer_cap_bytes=1 << 16, notify=make_room_when_told)
    journal = Journal.open(disk.home, sink, options=options)
    disk.make_full()
    for number in NUMBERS:
        journal.report(report(number))
    assert waited == 1
    assert journal.close().message is None
    assert sink.payloads("states") == [report(number) for number in NUMBERS]


def test_an_end_does_not_wait_for_who_waits_for_room(disk: Disk, sink: RecordingSink) -> None:
    waits = threading.Event()

    def notice(message: str) -> None:
        if "runs wait" in message:
            waits.set()

    options = quiet(segment_bytes=1 << 14, buffer_cap_bytes=1 << 16, notify=notice)
    journal = Journal.open(disk.home, sink, options=options)
    disk.make_full()
    sink.outage = away
    returned: list[int] = []

    def report_until_refused() -> None:
        for number in NUMBERS:
            try:
                journal.report(report(number))
            except StaleJournal:
                return
            returned.append(number)

    thread = threading.Thread(target=report_until_refused)
    thread.start()
    assert waits.wait(30)
    ending = journal.close()
    thread.join()
    assert ending.kept_records == 0
    # The one that waited is lost as well, and its caller was told by the error.
    assert ending.lost_records == len(returned) + 1
    disk.make_room()
