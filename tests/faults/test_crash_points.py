"""A process dies at each write, rename, commit, unlink and reply that has a name, early and late, and is recovered."""

import json
import shutil
import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from headrace._kernel.crash_points import POINTS
from tests.faults.processes import Ended, Home, await_until
from tests.faults.stored import (
    assert_recovered,
    assert_terminal_runs_are_whole,
    read_meta,
    read_seen,
    task_states,
    write_meta,
)

Scenario = Callable[[Home, str], Ended]


def script(name: str) -> Scenario:
    """A script that dies by itself."""
    return lambda home, crash_point: home.run(name, crash_point=crash_point)


def overflow(series: str) -> Scenario:
    """A script whose stream overflows, because meanwhile nobody may write the store."""

    def run(home: Home, crash_point: str) -> Ended:
        environment = {"HEADRACE_JOURNAL_LOG_BOUND_BYTES": str(16 << 20)}
        if series == "states":
            # Files that cannot grow take no lines for the terminal either.
            environment["HEADRACE_LOGGING_LEVEL"] = "CRITICAL"
        started = home.start("overflows.py", series, crash_point=crash_point, environment=environment)
        await_until(lambda: home.told("half"), "the flow to begin")
        before = read_meta(home)
        write_meta(home, min_writer=999)
        home.tell("go")
        ended = started.end()
        write_meta(home, **before)
        return ended

    return run


def after_removal(home: Home, crash_point: str) -> Ended:
    """A script on a home whose database was removed, but not what SQLite keeps beside it."""
    assert home.run("one_flow.py", crash_point="store.commit.after:2").code == -signal.SIGKILL
    home.database.unlink()
    shutil.rmtree(home.path / "journals")
    home.forget_what_was_seen()
    return home.run("one_flow.py", crash_point=crash_point)


# The points that scripts pass: in which scenario, and at which passages the script is killed.
SCRIPT_POINTS: dict[str, tuple[Scenario, tuple[int, ...]]] = {
    "journal.birth.made": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.birth.locked": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.birth.header": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.birth.renamed": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.append.before": (script("one_flow.py"), (1, 2, 3, 30)),
    "journal.append.after": (script("one_flow.py"), (1, 2, 3, 30)),
    "journal.segment.allocated": (script("large.py"), (1, 2, 3, 6)),
    "journal.segment.sealed": (script("large.py"), (1, 2, 3, 4)),
    "journal.segment.unlinked": (script("large.py"), (1, 2, 3, 4)),
    "journal.memory.written": (overflow("states"), (1, 2, 3, 6)),
    "journal.bound.replaced": (overflow("lines"), (1, 2, 3, 5)),
    "journal.drain.read": (script("sessions.py"), (1, 2, 3, 11)),
    "journal.drain.replied": (script("sessions.py"), (1, 2, 3, 11)),
    "journal.close.drained": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.close.buried": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.death.renamed": (script("sessions.py"), (1, 2, 3, 6)),
    "journal.death.unlinked": (script("sessions.py"), (1, 2, 3, 6)),
    "store.staged": (script("sessions.py"), (1, 2, 3, 11)),
    "store.commit.before": (script("sessions.py"), (1, 2, 3, 11)),
    "store.commit.after": (script("sessions.py"), (1, 2, 3, 11)),
    "store.creation.aside": (after_removal, (1, 2)),
    "store.creation.made": (script("one_flow.py"), (1,)),
    "store.creation.renamed": (script("one_flow.py"), (1,)),
    "store.migration.before": (script("one_flow.py"), (1,)),
    "store.migration.after": (script("one_flow.py"), (1,)),
    "ingest.reply": (script("sessions.py"), (1, 2, 3, 11)),
    "bury.reply": (script("sessions.py"), (1, 2, 3, 6)),
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
# The points that each process of a pool passes, and at which passage each dies there. None dies at the first asking:
# whatever is asked of it is asked of another.
POOL_POINTS = [
    ("pool.ready", 1),
    ("pool.asked", 2),
    *[(f"pool.{what}", passage) for what in ("begun", "ended", "replied", "stored") for passage in (1, 2)],
]
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
    started = [
        home.start("outlasts.py", "3", "60", "0", crash_point=f"journal.append.after:{40 + 2 * n}") for n in range(DEAD)
    ]
    # None dies before all have begun: a script that begins later would recover it.
    await_until(lambda: len(read_seen(home).tasks) == 3 * DEAD, "all to be in the middle")
    home.tell("go")
    assert [script.end().code for script in started] == [-signal.SIGKILL] * DEAD
    assert len(home.journals()) == DEAD
    return home


@pytest.fixture
def graveyard(graves: Home, tmp_path: Path) -> Generator[Home]:
    """A copy of that home for one test."""
    shutil.copytree(graves.path.parent, tmp_path / "copy")
    home = Home(tmp_path / "copy")
    yield home
    home.end_all()


@pytest.mark.parametrize(
    ("point", "passage"), passages({point: listed for point, (_, listed) in SCRIPT_POINTS.items()})
)
def test_a_script_that_dies_at_a_crash_point_loses_nothing(home: Home, point: str, passage: int) -> None:
    scenario, _ = SCRIPT_POINTS[point]
    ended = scenario(home, f"{point}:{passage}")
    assert ended.code == -signal.SIGKILL, f"the script passed {point} less than {passage} times\n{ended.err[-4_000:]}"
    assert_terminal_runs_are_whole(home)
    assert_recovered(home)
    again = home.run("one_flow.py")
    assert (again.code, again.out) == (0, "result 5\n")
    assert_recovered(home)


@pytest.mark.parametrize("passage", range(2, 10))
def test_a_flow_run_is_terminal_only_behind_its_reports(home: Home, passage: int) -> None:
    home.tell("go")
    ended = home.run("many_tasks.py", "500", crash_point=f"store.commit.after:{passage}")
    assert ended.code in (-signal.SIGKILL, 0)
    assert assert_terminal_runs_are_whole(home) or ended.code != 0
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


@pytest.mark.parametrize(("point", "passage"), POOL_POINTS)
def test_what_a_flow_sees_of_a_pool_whose_processes_die_is_what_is_stored(home: Home, point: str, passage: int) -> None:
    ended = home.run("pool.py", "6", crash_point=f"{point}:{passage}")
    assert ended.code == 0, ended.err[-4_000:]
    assert home.journals() == [] or point == "pool.ready"
    assert_terminal_runs_are_whole(home)
    assert len(assert_recovered(home).tasks) == 6
    told = json.loads(ended.out)
    if point == "pool.ended":
        # The last of the runs that each process carries out is Completed, and its result lost.
        assert told.count("MissingResult") == 6 // passage
        assert [state for _, state in task_states(home)] == ["Completed"] * 6
    elif point in ("pool.replied", "pool.stored"):
        assert told == list(range(6))


def test_every_crash_point_has_a_process_that_dies_there() -> None:
    assert set(POINTS) == SCRIPT_POINTS.keys() | RECOVERY_POINTS.keys() | dict(POOL_POINTS).keys()
