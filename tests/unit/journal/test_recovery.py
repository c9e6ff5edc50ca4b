"""Recovery and listing: orphans are stored and buried, everything else is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headrace._kernel import ids
from headrace._stream import Batch, IngestReply, Series, SinkUnavailable
from headrace.journal import Journal, is_alive, list_journals, recover, recover_journal
from headrace.journal.folder import STATES as STATES_SERIES
from headrace.journal.folder import Folder, journals_of
from headrace.journal.framing import HEADER_BYTES
from headrace.journal.positions import at
from tests.support.journal_folders import identity, line, make_folder, orphan, quiet, report, write_series
from tests.support.recording_sink import RecordingSink

RUN = ids.new_id()
STATES = [report(number) for number in range(3000)]
LOGS = [line(RUN, number) for number in range(2000)]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[RecordingSink]:
    sink = RecordingSink(tmp_path / "sink.db")
    yield sink
    sink.close()


def test_an_orphan_is_stored_buried_and_gone(home: Path, sink: RecordingSink) -> None:
    path = orphan(home, states=STATES, logs=LOGS, pid=4711, host="weir")
    (info,) = list_journals(home)
    assert (info.status, info.pid, info.host, info.records) == ("orphan", 4711, "weir", 5000)
    assert info.bytes_on_disk > 300_000
    assert not is_alive(path)
    result = recover(home, sink)
    (recovered,) = result.recovered
    assert recovered.identity.pid == 4711
    assert recovered.records == 5000
    assert sink.payloads("states") == STATES
    assert sink.payloads("logs") == LOGS
    assert sink.batches == [(0, 2000), (2000, 0), (1000, 0)]
    assert [message for _, message in sink.burials()] == ["The process 4711 on weir ended before this run did."]
    assert list(journals_of(home).iterdir()) == []
    assert recover(home, sink).recovered == ()


def test_a_recovery_goes_on_where_the_process_stopped(home: Path, sink: RecordingSink) -> None:
    path = orphan(home, states=STATES[:100], logs=LOGS[:50], segment_bytes=1 << 10)
    half = identity(journal_id=bytes.fromhex(path.name))
    size = HEADER_BYTES + len(STATES[0])
    reply = sink.ingest(Batch(half, Series(0, at(1, 3 * size), (at(1, 0),), (b"three",)), Series(0, 0)))
    assert reply.states_cursor == at(1, 3 * size)
    assert list_journals(home, sink=sink)[0].records == 147
    assert recover(home, sink).recovered[0].records == 147
    assert sink.payloads("states") == [b"three", *STATES[3:100]]


def test_only_journals_of_this_sink_are_touched(home: Path, sink: RecordingSink) -> None:
    other = orphan(home, states=STATES[:3], sink_id="https://elsewhere/api")
    result = recover(home, sink)
    assert (result.recovered, result.passed_over) == ((), 1)
    assert list_journals(home, sink=sink)[0].records == 3
    assert other.exists()
    assert recover(home, sink, sink_id="https://elsewhere/api").recovered[0].records == 3


def test_the_living_and_those_to_skip_are_left_alone(home: Path, sink: RecordingSink) -> None:
    skipped = orphan(home, states=STATES[:3])
    journal = Journal.open(home, sink, options=quiet())
    journal.report(report(1))
    result = recover(home, sink, skip={bytes.fromhex(skipped.name)})
    assert (result.recovered, result.passed_over) == ((), 1)
    assert {info.status for info in list_journals(home)} == {"alive", "orphan"}
    assert is_alive(journal.folder)
    assert journal.close().kept_records == 0
    assert len(recover(home, sink).recovered) == 1


def test_a_journal_without_records_is_removed_and_the_sink_never_hears_of_it(home: Path, sink: RecordingSink) -> None:
    orphan(home)
    assert recover(home, sink).recovered[0].burial is None
    assert sink.burials() == []
    assert list(journals_of(home).iterdir()) == []


def test_a_journal_that_is_buried_already_is_only_removed(home: Path, sink: RecordingSink) -> None:
    path = orphan(home, states=STATES[:3])
    buried = identity(journal_id=bytes.fromhex(path.name))
    sink.ingest(Batch(buried, Series(0, 1, (1,), (b"x",)), Series(0, 0)))
    sink.bury(buried, "before")
    assert recover(home, sink).recovered[0].records == 0
    assert sink.payloads("states") == [b"x"]
    assert len(sink.burials()) == 1
    assert list(journals_of(home).iterdir()) == []


def test_damage_keeps_one_journal_and_the_others_go_on(home: Path, sink: RecordingSink) -> None:
    whole, damaged, headless = (orphan(home, states=STATES[:100]) for _ in range(3))
    path = damaged / "states-00000001"
    data = path.read_bytes()
    path.write_bytes(data.replace(STATES[40], b"?" * len(STATES[40])))
    (headless / "header").write_bytes(b"")
    for _ in range(2):
        result = recover(home, sink)
        assert sorted(found.path for found in result.damaged) == sorted([str(damaged), str(headless)])
        assert not whole.exists()
        assert sink.payloads("states", bytes.fromhex(damaged.name)) == STATES[:40]
        notes = {info.path: info.note or "" for info in list_journals(home)}
        assert f"{path} is damaged" in notes[str(damaged)]
        assert "header" in notes[str(headless)]
        assert {info.status for info in list_journals(home)} == {"damaged"}
    assert len(sink.payloads("states")) == 140
    path.write_bytes(data)
    assert [recovered.records for recovered in recover(home, sink).recovered] == [60]
    assert sink.payloads("states", bytes.fromhex(damaged.name)) == STATES[:100]


def test_a_sink_that_goes_away_keeps_what_is_left_and_the_next_recovery_finishes(
    home: Path, sink: RecordingSink
) -> None:
    for first in range(0, 300, 100):
        orphan(home, states=STATES[first : first + 100])
    asked = 0

    def go_away() -> str | None:
        nonlocal asked
        asked += 1
        return "The server is away." if asked > 4 else None

    sink.outage = go_away
    result = recover(home, sink)
    assert (len(result.recovered), result.unavailable) == (1, "The server is away.")
    assert [info.status for info in list_journals(home)] == ["orphan", "orphan"]
    sink.outage = lambda: None
    assert len(recover(home, sink).recovered) == 2
    assert sorted(sink.payloads("states")) == sorted(STATES[:300])


def test_a_cursor_that_another_recoverer_moved_is_taken_over(home: Path, sink: RecordingSink) -> None:
    orphan(home, states=STATES)
    ingest, others = sink.ingest, iter([True, False, False, False])

    def ingest_raced(batch: Batch) -> IngestReply:
        if next(others):
            ingest(batch)
        return ingest(batch)

    sink.ingest = ingest_raced  # type: ignore[method-assign]
    assert len(recover(home, sink).recovered) == 1
    assert sink.payloads("states") == STATES


def family(home: Path, *, lives: str = "") -> dict[str, Folder]:
    """A journal, that of a process that worked for its own, and that of one which worked for that one in turn."""
    folders: dict[str, Folder] = {}
    parent_id = b""
    for number, name in enumerate(("parent", "child", "grandchild")):
        folder = folders[name] = make_folder(home, parent_id=parent_id)
        write_series(folder, STATES_SERIES, [STATES[number]])
        parent_id = folder.identity.journal_id
        if name != lives:
            folder.release()
    return folders


def test_a_journal_is_finished_behind_those_of_processes_that_worked_for_its_own(
    home: Path, sink: RecordingSink
) -> None:
    family(home)
    result = recover(home, sink)
    assert (len(result.recovered), result.passed_over) == (3, 0)
    assert sink.payloads("states") == [STATES[2], STATES[1], STATES[0]]
    assert list_journals(home) == []


def test_a_journal_waits_while_a_process_lives_that_worked_for_its_own(home: Path, sink: RecordingSink) -> None:
    folders = family(home, lives="grandchild")
    assert recover(home, sink).recovered == ()
    assert sink.payloads("states") == []
    folders["grandchild"].release()
    assert len(recover(home, sink).recovered) == 3


def test_the_journal_of_a_process_that_worked_for_a_living_one_is_left_to_that(home: Path, sink: RecordingSink) -> None:
    folders = family(home, lives="parent")
    assert [done.identity for done in recover(home, sink).recovered] == [folders["grandchild"].identity]
    told: list[bytes] = []
    recover_journal(home, folders["child"].identity.journal_id, sink, lambda _: "It was killed.", told.append)
    assert told == [STATES[1]]
    assert sink.burials()[-1][1] == "It was killed."
    assert [info.status for info in list_journals(home)] == ["alive"]
    folders["parent"].release()


def test_a_damaged_journal_keeps_no_other_waiting(home: Path, sink: RecordingSink) -> None:
    folders = family(home)
    Path(folders["child"].path, "lock").unlink()
    result = recover(home, sink)
    assert [found.path for found in result.damaged] == [folders["child"].path]
    assert STATES[0] in sink.payloads("states")


def test_what_is_told_of_a_dead_process_is_told_though_the_sink_is_away(home: Path, sink: RecordingSink) -> None:
    journal_id = bytes.fromhex(orphan(home, states=STATES[:3]).name)
    sink.outage = lambda: "The server is away."
    told: list[bytes] = []
    with pytest.raises(SinkUnavailable, match="away"):
        recover_journal(home, journal_id, sink, heed=told.append)
    assert told == STATES[:3]
    sink.outage = lambda: None
    recover_journal(home, journal_id, sink)
    recover_journal(home, journal_id, sink)
    assert sink.payloads("states") == STATES[:3]


def test_an_empty_or_missing_home_has_nothing_to_recover(tmp_path: Path, sink: RecordingSink) -> None:
    assert recover(tmp_path / "nowhere", sink).recovered == ()
    assert list_journals(tmp_path / "nowhere") == []


def test_what_is_no_journal_is_left_alone(home: Path, sink: RecordingSink) -> None:
    journals_of(home).mkdir()
    (journals_of(home) / "notes.txt").write_text("mine")
    (journals_of(home) / ("e" * 32)).mkdir()
    result = recover(home, sink)
    assert next(found.message for found in result.damaged).endswith("has no lock file")
    assert (journals_of(home) / "notes.txt").exists()
