"""Birth and death of a journal's folder, and what sweepers and recoverers may take."""

from pathlib import Path

import pytest

from headrace.journal import locks
from headrace.journal.errors import DamagedJournal
from headrace.journal.folder import STATES, Folder, journal_folders, journals_of, sweep_leftovers
from tests.support.journal_folders import identity, make_folder, orphan


def test_a_folder_is_born_with_its_header_and_locked(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, pid=4711, host="weir")
    assert journal_folders(tmp_path) == [Path(folder.path)]
    assert sorted(path.name for path in Path(folder.path).iterdir()) == ["header", "lock"]
    assert Folder.take(Path(folder.path)) is None
    folder.release()
    taken = Folder.take(Path(folder.path))
    assert taken is not None
    assert taken.identity == folder.identity
    taken.release()


def test_death_leaves_nothing(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.new_segment(STATES, 1, 4096)
    folder.note("kept", "a sentence")
    folder.die()
    assert list(journals_of(tmp_path).iterdir()) == []
    folder.die()


def test_a_folder_that_was_removed_under_its_owner_dies_in_peace(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for path in Path(folder.path).iterdir():
        path.unlink()
    Path(folder.path).rmdir()
    folder.die()


def test_a_folder_that_is_over_is_not_born_again(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.die()
    with pytest.raises(FileNotFoundError):
        folder.new_segment(STATES, 1, 4096)
    assert list(journals_of(tmp_path).iterdir()) == []


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    journals = journals_of(tmp_path)
    for name in ("a" * 32 + ".new", "b" * 32 + ".dead"):
        (journals / name).mkdir(parents=True)
        (journals / name / "lock").touch()
        (journals / name / "header").write_bytes(b"half")
    (journals / ("c" * 32 + ".new")).mkdir()
    living = journals / ("d" * 32 + ".new")
    living.mkdir()
    lock = locks.take(str(living / "lock"), create=True)
    assert lock is not None
    whole = orphan(tmp_path)
    assert sweep_leftovers(tmp_path) == 3
    assert sorted(journals.iterdir()) == sorted([living, whole])
    lock.release()
    assert sweep_leftovers(tmp_path) == 1
    assert sweep_leftovers(tmp_path / "nowhere") == 0


def test_the_lock_of_a_folder_that_was_buried_meanwhile_is_worth_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = orphan(tmp_path)
    take = locks.take

    def take_late(lock_path: str, *, create: bool = False) -> locks.FileLock | None:
        lock = take(lock_path, create=create)
        # As a recoverer that was faster leaves it, and died before it unlinked the lock.
        path.rename(path.with_suffix(".dead"))
        return lock

    monkeypatch.setattr(locks, "take", take_late)
    assert Folder.take(path) is None


def test_a_header_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    path = orphan(tmp_path)
    header = path / "header"
    whole = header.read_bytes()
    for broken in (b"", whole[:-1], whole[:9] + b"?" + whole[10:]):
        header.write_bytes(broken)
        with pytest.raises(DamagedJournal, match="header"):
            Folder.take(path)
    (path / "header").write_bytes(whole)
    (path / "lock").unlink()
    with pytest.raises(DamagedJournal, match="lock file"):
        Folder.take(path)


def test_a_journal_of_a_newer_version_is_left_to_it(tmp_path: Path) -> None:
    path = orphan(tmp_path, format=99)
    with pytest.raises(DamagedJournal, match="newer Headrace"):
        Folder.take(path)


def test_a_sweeper_that_comes_late_spares_a_folder_that_was_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = journals_of(tmp_path) / f"{identity().journal_id.hex()}.new"
    new.mkdir(parents=True)
    (new / "lock").touch()
    take = locks.take

    def take_late(lock_path: str) -> locks.FileLock | None:
        lock = take(lock_path)
        # Another sweeper was faster, and the owner is at it again.
        (new / "lock").unlink()
        for name in ("lock", "header"):
            (new / name).touch()
        return lock

    monkeypatch.setattr(locks, "take", take_late)
    assert sweep_leftovers(tmp_path) == 0
    assert sorted(path.name for path in new.iterdir()) == ["header", "lock"]


def test_a_birth_survives_a_sweeper(tmp_path: Path) -> None:
    folder = Folder(tmp_path, identity(), is_durable=False, is_mapped=True)
    made = 0
    take = locks.take

    def take_swept(lock_path: str, *, create: bool = False) -> locks.FileLock | None:
        # The sweeper comes between making the folder and locking it, and then between locking it and looking.
        nonlocal made
        made += 1
        if made == 1:
            Path(lock_path).parent.rmdir()
        lock = take(lock_path, create=create)
        if made == 2:
            Path(lock_path).unlink()
        return lock

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locks, "take", take_swept)
        folder.be_born()
    assert made == 3
    assert journal_folders(tmp_path) == [Path(folder.path)]
    assert Folder.take(Path(folder.path)) is None
