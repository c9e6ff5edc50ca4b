"""Mistakes that are planted in a copy of the package, each of which the faults must notice.

A mistake that goes unnoticed is one that anybody may make tomorrow. Each names the tests that are to fail of it; where
those are the nemesis, they are one round of it, from a seed that does not change.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.versions import copy_package, replace_text

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "headrace"
SEED = "1"
FAILED = 1  # pytest's exit code where tests failed, and not merely could not be found or collected
CRASH = "tests/faults/test_crash_points.py::test_a_script_that_dies_at_a_crash_point_loses_nothing"
PROXY = ("tests/faults/test_proxy.py::test_what_scripts_report_through_a_proxy_arrives[sqlite-0]",)
NEMESIS = ("tests/faults/test_nemesis.py",)


@dataclass(frozen=True)
class Mutant:
    """One mistake: what stands in a file, what is written in its place, and the tests that fail of it."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    noticed_by: tuple[str, ...] = NEMESIS


MUTANTS = (
    Mutant(
        "the cursor of the lines is not moved with them",
        "server/store/dialects/sqlite_trigger.py",
        (
            (
                "UPDATE journals SET states_cursor = NEW.states_cursor, logs_cursor = NEW.logs_cursor, ",
                "UPDATE journals SET states_cursor = NEW.states_cursor, ",
            ),
        ),
        (f"{CRASH}[journal.segment.unlinked:3]",),
    ),
    Mutant(
        "a recovery unlinks a journal of which something is stored, and not all",
        "journal/recovery.py",
        (("if sink.is_buried(identity):", "if sink.cursors(identity):"),),
    ),
    Mutant(
        "a forked child gives its parent's lock back",
        "journal/locks.py",
        (
            ("fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)", "fcntl.flock(descriptor, kind | fcntl.LOCK_NB)"),
            (
                '"""Closes the descriptor in a forked child; the lock is the parent\'s, and stays."""\n',
                '"""Gives the lock back."""\n        fcntl.flock(self._descriptor, fcntl.LOCK_UN)\n',
            ),
        ),
        ("tests/faults/journal/test_forks.py", "tests/faults/test_forks.py", "tests/faults/test_forks_at_work.py"),
    ),
    Mutant(
        "a forked child keeps its parent's lock",
        "journal/locks.py",
        (("fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)", "fcntl.flock(descriptor, kind | fcntl.LOCK_NB)"),),
        ("tests/faults/journal/test_forks.py", "tests/faults/test_forks.py"),
    ),
    Mutant(
        "nobody looks whether the lock is that of the folder that is there",
        "journal/locks.py",
        (("return _inode(os.stat(path)) == self.inode", "return os.stat(path) is not None"),),
        ("tests/unit/journal/test_folder.py", "tests/faults/test_crash_points.py"),
    ),
    Mutant(
        "an attempt whose time was up goes on reporting",
        "_engine/severing.py",
        (("            self.stream = Unrecorded()\n", ""),),
        ("tests/acceptance/test_timeouts_left.py",),
    ),
    Mutant(
        "a recovery takes the journals of the living",
        "journal/locks.py",
        (
            (
                "if error.errno in _REFUSED:\n            return False",
                "if error.errno in _REFUSED:\n            return True",
            ),
        ),
        ("tests/faults/test_stopped.py",),
    ),
    Mutant(
        "the segment at hand is removed with those of which everything is stored",
        "journal/writer.py",
        (("while self._oldest < segment_of(cursor):", "while self._oldest <= segment_of(cursor):"),),
        (f"{CRASH}[journal.append.before:30]",),
    ),
    Mutant(
        "a flow run is concluded before the processes of its pool have stored their reports",
        "_engine/process_worker.py",
        (("            _store(work.session, connection)\n", ""),),
        ("tests/faults/test_disk.py",),
    ),
    Mutant(
        "what the processes of a pool could not store is left to others",
        "_engine/process_calls.py",
        (("for journal_id in self._crew.journal_ids:", "for journal_id in ():"),),
        ("tests/faults/test_pool_stores_first.py",),
    ),
    Mutant(
        "what is told elsewhere is not waited for",
        "journal/outflow.py",
        (("        while self._before:\n", "        while False:\n"),),
        ("tests/faults/test_pool_stores_first.py", "tests/unit/journal/test_journal.py"),
    ),
    Mutant(
        "a recovery finishes a journal before those of its pool's processes",
        "journal/recovery.py",
        ((" for name in left if self._parent_of(name) == parent.journal_id]", " for name in left[:0]]"),),
        ("tests/unit/journal/test_recovery.py",),
    ),
    Mutant(
        "anybody finishes the journals of a living process's pool",
        "journal/recovery.py",
        (("        return bool(parent) and locks", "        return bool(parent) and not parent and locks"),),
        ("tests/unit/journal/test_recovery.py",),
    ),
    Mutant(
        "a run that ended is said to have crashed with its process",
        "_engine/process_calls.py",
        (("    if last is not None and last.type in _ERRORS:\n", "    if last is not None and not last.type:\n"),),
        ("tests/faults/test_crash_points.py::test_what_a_flow_sees_of_a_pool_whose_processes_die_is_what_is_stored",),
    ),
    Mutant(
        "the sink hears of a journal that nobody would find",
        "journal/outflow.py",
        (("            self._be_born()\n", ""),),
        ("tests/faults/journal/test_full_disk.py",),
    ),
    Mutant(
        "states overtake the lines before them",
        "journal/draining.py",
        (
            ("until=until.logs, max_records=max_records)", "until=until.logs, max_records=1)"),
            ("if logs.is_complete and room:", "if room:"),
        ),
        ("tests/faults/test_crash_points.py::test_a_flow_run_is_terminal_only_behind_its_reports",),
    ),
    Mutant(
        "the id of a run is that of another one",
        "_kernel/ids.py",
        (("| _getrandbits(62))", "| 0)"), ("(milliseconds << 80 | fraction << 64 | ", "(milliseconds << 80 | ")),
    ),
    Mutant(
        "a retry is not told of",
        "_engine/task_attempts.py",
        (
            (
                "        self._move(entered)\n        if task.hooks",
                "        if entered is _RUNNING:\n            self._move(entered)\n        if task.hooks",
            ),
        ),
    ),
    Mutant(
        "what a dead process left unfinished is not concluded",
        "server/usecases/bury.py",
        (("task_runs=crashes.task_runs,", "task_runs=(),"),),
        (f"{CRASH}[journal.append.before:30]",),
    ),
    Mutant(
        "what a script sends again is stored again",
        "server/usecases/ingest.py",
        (("if stored != (batch.states.start, batch.logs.start):", "if stored < (0, 0):"),),
        ("tests/conformance/test_usecases_ingest.py",),
    ),
    Mutant(
        "a server that has too much to do is given up",
        "client/_http_sink.py",
        (("is_passing=answer.status == 429 or answer.status >= 500", "is_passing=False"),),
        PROXY,
    ),
    Mutant(
        "a lease has no whole term after the start of a server",
        "server/services/lease_expiry.py",
        (("if lease in before else 0.0 for lease", "if lease in before else lease.term_seconds for lease"),),
        ("tests/conformance/test_lease_expiry.py",),
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_a_mistake_can_be_planted(mutant: Mutant) -> None:
    source = (PACKAGE / mutant.file).read_text()
    assert [source.count(old) for old, _ in mutant.changes] == [1] * len(mutant.changes)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_a_planted_mistake_is_noticed(tmp_path: Path, mutant: Mutant) -> None:
    package = copy_package(tmp_path / "mutant")
    for old, new in mutant.changes:
        replace_text(package / mutant.file, old, new)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *mutant.noticed_by],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(package.parent), "NEMESIS_SEED": SEED},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == FAILED, f"nobody noticed that {mutant.name}\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}"
