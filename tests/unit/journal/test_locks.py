"""Locks: one owner, also within one process, and asking never drops one's own."""

import os
from pathlib import Path

from headrace.journal import locks
from tests.support.processes import run_python

TAKE = "import sys; from headrace.journal import locks; sys.exit(0 if locks.take(sys.argv[1]) else 7)"


def is_free_for_others(path: Path) -> bool:
    return run_python("-c", TAKE, path) == 0


def test_a_lock_has_one_owner(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = locks.take(str(path), create=True)
    assert lock is not None
    assert locks.take(str(path)) is None
    assert not is_free_for_others(path)
    lock.release()
    assert is_free_for_others(path)
    again = locks.take(str(path))
    assert again is not None
    again.release()


def test_asking_for_the_own_lock_does_not_drop_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = locks.take(str(path), create=True)
    assert lock is not None
    alias = tmp_path / "alias"
    alias.symlink_to(path)
    assert locks.is_held(str(path))
    assert locks.is_held(str(alias))
    assert locks.take(str(alias)) is None
    assert not is_free_for_others(path)
    lock.release()


def test_a_lock_knows_that_its_file_was_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = locks.take(str(path), create=True)
    assert lock is not None
    assert lock.is_still(str(path))
    path.unlink()
    assert not lock.is_still(str(path))
    path.touch()
    assert not lock.is_still(str(path))
    lock.release()


def test_nobody_holds_a_lock_that_is_not_there_or_was_left(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not locks.is_held(str(path))
    path.touch()
    assert not locks.is_held(str(path))
    assert is_free_for_others(path)


def test_a_child_neither_has_nor_drops_its_parents_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = locks.take(str(path), create=True)
    assert lock is not None
    child = os.fork()
    if child == 0:
        # Seen from the child the parent is another process: its lock is held, and asking does not drop it.
        is_right = locks.is_held(str(path)) and locks.take(str(path)) is None
        lock.abandon()
        os._exit(0 if is_right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not is_free_for_others(path)
    lock.release()


def test_a_child_that_still_has_its_parents_descriptor_sees_the_lock_given_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = locks.take(str(path), create=True)
    assert lock is not None
    (has_looked, says_so), (is_over, ends) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        was_held = locks.is_held(str(path))
        os.write(says_so, b".")
        os.read(is_over, 1)
        is_free = not locks.is_held(str(path)) and locks.take(str(path)) is not None
        os._exit(0 if was_held and is_free else 1)
    os.read(has_looked, 1)
    lock.release()
    os.write(ends, b".")
    for descriptor in (has_looked, says_so, is_over, ends):
        os.close(descriptor)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
