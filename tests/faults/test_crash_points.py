"""A process dies at each write, rename, commit, unlink and reply that has a name, early and late, and is recovered."""

import shutil
import signal
from pathlib import Path

import pytest

from headrace._kernel.crash_points import POINTS
from tests.faults.processes import Home
from tests.faults.stored import assert_recovered

# The points that scripts pass, which script passes them, and at which passages it is killed.
SCRIPT_POINTS = {
    "journal.birth.made": ("sessions.py", (1, 2, 3, 6)),
    "journal.birth.locked": ("sessions.py", (1, 2, 3, 6)),
    "journal.birth.header": ("sessions.py", (1, 2, 3, 6)),
    "journal.birth.renamed": ("sessions.py", (1, 2, 3, 6)),
    "journal.append.before": ("one_flow.py", (1, 2, 3, 30)),
    "journal.append.after": ("one_flow.py", (1, 2, 3, 30)),
    "journal.segment.allocated": ("large.py", (1, 2, 3, 8)),
    "journal.segment.sealed": ("large.py", (1, 2, 3, 8)),
    "journal.segment.unlinked": ("large.py", (1, 2, 3, 5)),
    "journal.drain.read": ("sessions.py", (1, 2, 3, 11)),
    "journal.drain.replied": ("sessions.py", (1, 2, 3, 11)),
    "journal.death.renamed": ("sessions.py", (1, 2, 3, 6)),
    "journal.death.unlinked": ("sessions.py", (1, 2, 3, 6)),
    "store.staged": ("sessions.py", (1, 2, 3, 11)),
    "store.commit.before": ("sessions.py", (1, 2, 3, 11)),
    "store.commit.after": ("sessions.py", (1, 2, 3, 11)),
    "store.migration.before": ("one_flow.py", (1,)),
    "store.migration.after": ("one_flow.py", (1,)),
    "ingest.reply": ("sessions.py", (1, 2, 3, 11)),
    "bury.reply": ("sessions.py", (1, 2, 3, 6)),
}
# The points that the recovery of the six dead journals passes, and at which passages it is killed.
RECOVERY_POINTS = {
    "recovery.locked": (1, 2, 3, 6),
    "recovery.drained": (1, 2, 3, 6),
    "recovery.buried": (1, 2, 3, 6),
    "journal.drain.read": (1, 2, 3, 6),
    "journal.drain.replied": (1, 2, 3, 6),
    "journal.death.renamed": (1, 2, 3, 6),
    "journal.death.unlinked": (1, 2, 3, 6),
    "store.staged": (1, 2, 3, 9),
    "store.commit.before": (1, 2, 3, 9),
    "store.commit.after": (1, 2, 3, 9),
    "ingest.reply": (1, 2, 3, 6),
    "bury.reply": (1, 2, 3, 6),
}
DEAD = 6


def passages(points: dict[str, tuple[int, ...]]) -> list[object]:
    """Each point with each passage; of them the short selection takes the first and the last."""
    return [
        pytest.param(point, passage, id=f"{point}:{passage}", marks=() if edge else pytest.mark.long)
        for point, listed in points.items()
        for passage in listed
        for edge in [passage in (listed[0], listed[-1])]
    ]


@pytest.fixture(scope="module")
def graves(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the journals of six dead processes, of which little is stored."""
    home = Home(tmp_path_factory.mktemp("graves"))
    # At once: later scripts would recover the earlier ones.
    started = [home.start("one_flow.py", crash_point=f"journal.append.after:{20 + 2 * n}") for n in range(DEAD)]
    assert [script.end().code for script in started] == [-signal.SIGKILL] * DEAD
    assert len(home.journals()) == DEAD
    return home


@pytest.fixture
def graveyard(graves: Home, tmp_path: Path) -> Home:
    """A copy of that home for one test."""
    shutil.copytree(graves.path.parent, tmp_path / "copy")
    return Home(tmp_path / "copy")


@pytest.mark.parametrize(
    ("point", "passage"), passages({point: listed for point, (_, listed) in SCRIPT_POINTS.items()})
)
def test_a_script_that_dies_at_a_crash_point_loses_nothing(home: Home, point: str, passage: int) -> None:
    script, _ = SCRIPT_POINTS[point]
    ended = home.run(script, crash_point=f"{point}:{passage}")
    assert ended.code == -signal.SIGKILL, f"the script passed {point} less than {passage} times\n{ended.err}"
    assert_recovered(home)
    again = home.run("one_flow.py")
    assert (again.code, again.out) == (0, "result 5\n")
    assert_recovered(home)


@pytest.mark.parametrize(("point", "passage"), passages(RECOVERY_POINTS))
def test_a_recovery_that_dies_at_a_crash_point_is_finished_by_the_next(
    graveyard: Home, point: str, passage: int
) -> None:
    ended = graveyard.recover(crash_point=f"{point}:{passage}")
    assert ended.code == -signal.SIGKILL, f"the recovery passed {point} less than {passage} times\n{ended.out}"
    assert_recovered(graveyard)


@pytest.mark.parametrize("point", RECOVERY_POINTS)
def test_a_recovery_that_dies_beside_another_does_no_harm(graveyard: Home, point: str) -> None:
    dying = graveyard.start("recover.py", crash_point=f"{point}:2")
    others = [graveyard.start("recover.py") for _ in range(2)]
    # Where the others were faster, there was nothing left to die at.
    assert dying.end().code in (-signal.SIGKILL, 0)
    for other in others:
        other.end().was_silent()
    assert_recovered(graveyard)


def test_many_recoverers_at_once_do_no_harm(graveyard: Home) -> None:
    recoverers = [graveyard.start("recover.py") for _ in range(6)]
    for recoverer in recoverers:
        recoverer.end().was_silent()
    assert_recovered(graveyard)


def test_every_crash_point_has_a_process_that_dies_there() -> None:
    assert set(POINTS) == SCRIPT_POINTS.keys() | RECOVERY_POINTS.keys()
