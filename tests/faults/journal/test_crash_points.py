"""A process dies at each step of a journal's life that has a name, and is recovered; so does its recoverer."""

import shutil
import signal
import threading
from pathlib import Path

import pytest

from headrace._kernel.crash_points import POINTS
from headrace.journal import recover
from tests.faults.journal.evidence import SCRIPTS, Scene
from tests.support.processes import run_python, start_python
from tests.support.recording_sink import RecordingSink

RECORDS = 300
DEAD = 3
APPENDED = 590
# The points that a reporting process passes, how it reports there, and at which passages it is killed.
WRITER_POINTS = {
    "journal.birth.made": ("plain", (1,)),
    "journal.birth.locked": ("plain", (1,)),
    "journal.birth.header": ("plain", (1,)),
    "journal.birth.renamed": ("plain", (1,)),
    "journal.append.before": ("plain", (1, 2, 3, 51, 52, 599, 600)),
    "journal.append.after": ("plain", (1, 2, 3, 51, 52, 599, 600)),
    "journal.segment.allocated": ("plain", (1, 2, 3, 4, 11)),
    "journal.segment.sealed": ("plain", (1, 2, 3, 4, 11)),
    "journal.segment.unlinked": ("plain", (1, 2, 9)),
    "journal.drain.read": ("plain", (1, 2, 12)),
    "store.commit.before": ("plain", (1, 2, 12)),
    "store.commit.after": ("plain", (1, 2, 12)),
    "ingest.reply": ("plain", (1, 2, 12)),
    "journal.drain.replied": ("plain", (1, 2, 12)),
    "journal.memory.written": ("full", (1, 2)),
    "journal.bound.replaced": ("bounded", (1, 2, 5)),
    "journal.close.drained": ("plain", (1,)),
    "bury.reply": ("plain", (1,)),
    "journal.close.buried": ("plain", (1,)),
    "journal.death.renamed": ("plain", (1,)),
    "journal.death.unlinked": ("plain", (1,)),
}
# The points that the recovery of three dead journals passes.
RECOVERY_POINTS = {
    "recovery.locked": (1, 2, 3),
    "journal.drain.read": (1, 2, 3),
    "store.commit.before": (1, 2, 3),
    "store.commit.after": (1, 2, 3),
    "ingest.reply": (1, 2, 3),
    "journal.drain.replied": (1, 2, 3),
    "recovery.drained": (1, 2, 3),
    "bury.reply": (1, 2, 3),
    "recovery.buried": (1, 2, 3),
    "journal.death.renamed": (1, 2, 3),
    "journal.death.unlinked": (1, 2, 3),
}


def passages(points: dict[str, tuple[int, ...]]) -> list[object]:
    """Each point with each passage; the short selection takes the first."""
    return [
        pytest.param(point, passage, id=f"{point}:{passage}", marks=() if passage == listed[0] else pytest.mark.long)
        for point, listed in points.items()
        for passage in listed
    ]


@pytest.mark.parametrize(
    ("point", "passage"), passages({point: listed for point, (_, listed) in WRITER_POINTS.items()})
)
def test_a_process_that_dies_at_a_crash_point_loses_and_doubles_nothing(
    tmp_path: Path, point: str, passage: int
) -> None:
    scene = Scene(tmp_path)
    how, _ = WRITER_POINTS[point]
    script = SCRIPTS / "reports.py"
    code = run_python(script, scene.home, scene.database, scene.witness, RECORDS, how, crash_point=f"{point}:{passage}")
    assert code == -signal.SIGKILL, f"{point} was passed less than {passage} times"
    if how == "plain":
        scene.assert_logs_before_states()
    scene.recover()
    scene.assert_complete(drops_lines=how == "bounded")


@pytest.mark.parametrize("how", ["plain", "full", "bounded"])
def test_a_process_that_does_not_die_leaves_nothing_to_recover(tmp_path: Path, how: str) -> None:
    scene = Scene(tmp_path)
    script = SCRIPTS / "reports.py"
    assert run_python(script, scene.home, scene.database, scene.witness, RECORDS, how) == 0
    assert scene.recover() == 0
    scene.assert_complete(drops_lines=how == "bounded")


@pytest.fixture(scope="module")
def graves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home with the journals of three dead processes, each with something stored and something not."""
    folder = tmp_path_factory.mktemp("graves")
    for number in range(DEAD):
        arguments = (folder / "home", folder / "sink.db", folder / f"witness {number}", RECORDS, "plain")
        code = run_python(SCRIPTS / "reports.py", *arguments, crash_point=f"journal.append.after:{APPENDED}")
        assert code == -signal.SIGKILL
    return folder


@pytest.fixture
def graveyard(graves: Path, tmp_path: Path) -> Scene:
    """A copy of it for one test."""
    shutil.copytree(graves, tmp_path / "copy")
    return Scene(tmp_path / "copy")


def assert_whole(scene: Scene) -> None:
    scene.recover()
    stories = scene.stories()
    assert len(stories) == DEAD
    for states, lines in stories:
        assert states == list(range(APPENDED // 2))
        assert lines == list(range(APPENDED // 2))
    assert scene.burials() == DEAD


@pytest.mark.parametrize(("point", "passage"), passages(RECOVERY_POINTS))
def test_a_recovery_that_dies_at_a_crash_point_is_finished_by_the_next(
    graveyard: Scene, point: str, passage: int
) -> None:
    script = SCRIPTS / "recovers.py"
    code = run_python(script, graveyard.home, graveyard.database, crash_point=f"{point}:{passage}")
    assert code == -signal.SIGKILL, f"{point} was passed less than {passage} times"
    assert_whole(graveyard)


@pytest.mark.parametrize("point", RECOVERY_POINTS)
def test_a_recovery_that_dies_beside_others_does_no_harm(graveyard: Scene, point: str) -> None:
    arguments = (SCRIPTS / "recovers.py", graveyard.home, graveyard.database)
    dying = start_python(*arguments, crash_point=f"{point}:2")
    others = [start_python(*arguments) for _ in range(2)]
    # Where the others were faster, there was nothing left to die at.
    dying.communicate(timeout=60)
    assert dying.returncode in (-signal.SIGKILL, 0)
    for other in others:
        other.communicate(timeout=60)
        assert other.returncode == 0
    assert_whole(graveyard)


def test_recoverers_in_threads_of_one_process_do_not_share_a_journal(graveyard: Scene) -> None:
    # POSIX locks are the process's: without a record of its own each thread would get each lock.
    sinks = [RecordingSink(graveyard.database) for _ in range(4)]
    start = threading.Barrier(len(sinks))
    found: list[int] = []

    def recover_one(sink: RecordingSink) -> None:
        start.wait()
        found.append(len(recover(graveyard.home, sink).recovered))

    threads = [threading.Thread(target=recover_one, args=(sink,)) for sink in sinks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == DEAD
    assert_whole(graveyard)
    for sink in sinks:
        sink.close()


def test_every_crash_point_of_a_journal_is_enumerated() -> None:
    named = {point for point in POINTS if point.startswith(("journal.", "recovery."))}
    assert named <= WRITER_POINTS.keys() | RECOVERY_POINTS.keys()
