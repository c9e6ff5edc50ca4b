"""A process is stopped, alive, between two of its steps, while others recover, write and end: it goes on unharmed."""

import signal
import sqlite3
from contextlib import closing

import pytest

from tests.faults.nemesis import RECOVERY_POINTS
from tests.faults.processes import Home, Script
from tests.faults.stored import assert_recovered, flow_runs

# The points at which a script may stand for as long as it likes, the scripts that pass them, and at which passages
# they stand. Not where a database is made: there others wait for whoever makes it.
SCRIPT_POINTS = {
    "journal.birth.made": ("sessions.py", (1, 3)),
    "journal.birth.locked": ("sessions.py", (1, 3)),
    "journal.birth.header": ("sessions.py", (1, 3)),
    "journal.birth.renamed": ("sessions.py", (1, 3)),
    "journal.append.before": ("one_flow.py", (1, 20)),
    "journal.append.after": ("one_flow.py", (1, 20)),
    "journal.segment.allocated": ("large.py", (1, 4)),
    "journal.segment.sealed": ("large.py", (1, 3)),
    "journal.segment.unlinked": ("large.py", (1, 3)),
    "journal.drain.read": ("sessions.py", (1, 6)),
    "journal.drain.replied": ("sessions.py", (1, 6)),
    "journal.close.drained": ("sessions.py", (1, 3)),
    "journal.close.buried": ("sessions.py", (1, 3)),
    "journal.death.renamed": ("sessions.py", (1, 3)),
    "journal.death.unlinked": ("sessions.py", (1, 3)),
    "store.staged": ("sessions.py", (1, 6)),
    "store.commit.before": ("sessions.py", (1, 6)),
    "store.commit.after": ("sessions.py", (1, 6)),
    "ingest.reply": ("sessions.py", (1, 6)),
    "bury.reply": ("sessions.py", (1, 3)),
}


def stand_still(home: Home, name: str, crash_point: str) -> Script:
    """Starts a script that stands still at its crash point, and does not hold the store meanwhile.

    All of its threads stop at once, and another one may be within its step, for which everybody would wait.
    """
    for _ in range(20):
        script = home.start(name, crash_point=f"{crash_point}:STOP")
        assert script.await_stop(), f"the script did not come to {crash_point}\n{script.wrote()[-4_000:]}"
        if can_be_written(home):
            return script
        script.send(signal.SIGCONT)
        script.end()
    raise AssertionError("the script always stood still with the store in its hands")


def can_be_written(home: Home) -> bool:
    with closing(sqlite3.connect(home.database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


def early_and_late(points: dict[str, tuple[int, int]]) -> list[object]:
    """Each point with its two passages, of which the short selection takes the first."""
    return [
        pytest.param(point, passage, id=f"{point}:{passage}", marks=marks)
        for point, (early, late) in points.items()
        for passage, marks in ((early, ()), (late, pytest.mark.long))
    ]


@pytest.mark.parametrize(
    ("point", "passage"), early_and_late({point: listed for point, (_, listed) in SCRIPT_POINTS.items()})
)
def test_a_script_that_stands_still_is_left_alone_and_goes_on(home: Home, point: str, passage: int) -> None:
    # The database is there, so that nobody waits for its making.
    assert home.run("one_flow.py").code == 0
    name, _ = SCRIPT_POINTS[point]
    script = stand_still(home, name, f"{point}:{passage}")
    home.recover().was_silent()
    assert home.run("one_flow.py").code == 0
    home.recover().was_silent()
    script.send(signal.SIGCONT)
    ended = script.end()
    assert ended.code == 0, ended.err[-4_000:]
    assert "headrace:" not in ended.err
    assert home.journals() == []
    seen = assert_recovered(home)
    assert {run.state for run in flow_runs(home)} == {"Completed"}
    assert len(seen.flows_ended) == len(flow_runs(home))


@pytest.mark.parametrize(("point", "passage"), early_and_late(dict.fromkeys(RECOVERY_POINTS, (1, 2))))
def test_a_recovery_that_stands_still_hinders_no_other(home: Home, point: str, passage: int) -> None:
    for _ in range(2):
        # The second may recover the first before it dies.
        home.run("one_flow.py", crash_point="journal.append.after:25")
    standing = home.start("recover.py", crash_point=f"{point}:{passage}:STOP")
    is_standing = standing.await_stop()
    home.recover().was_silent()
    assert home.run("one_flow.py").code == 0
    if is_standing:
        standing.send(signal.SIGCONT)
    standing.end().was_silent()
    assert_recovered(home)
