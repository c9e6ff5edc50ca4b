"""What users read when the database cannot be used: which file, why, and what to do; and nothing is destroyed."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from headrace.exceptions import ConfigurationError
from headrace.server.store import hot, logs, task_runs
from headrace.server.store.changes import Changes
from headrace.server.store.errors import RowRefused, StoreCorrupt, StoreUnavailable
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.postgres import postgres_schema, server_url
from tests.support.rows import apply, line, task_run


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def filled(sqlite_path: Path) -> Path:
    """A database with some task runs, closed."""
    store = open_store(url_of(sqlite_path))
    apply(store, *(task_run() for _ in range(500)))
    store.close()
    return sqlite_path


@pytest.mark.parametrize("url", ["headrace.db", "sqlite://", "sqlite:///", "mysql://host/db", ""])
def test_a_url_that_names_no_database_is_a_mistake_in_the_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError, match="write sqlite:"):
        open_store(url)


@pytest.mark.parametrize(
    "scheme", ["sqlite", "sqlite+aiosqlite"], ids=["plain", "with the driver that Prefect's settings name"]
)
def test_a_url_with_a_driver_is_understood(scheme: str, sqlite_path: Path) -> None:
    open_store(f"{scheme}:///{sqlite_path}").close()
    assert sqlite_path.exists()


@pytest.mark.parametrize("content", [b"This is a text, no database. " * 200, os.urandom(8192), b"x"])
def test_a_file_that_is_no_database_is_named_and_left_as_it_is(sqlite_path: Path, content: bytes) -> None:
    sqlite_path.parent.mkdir()
    sqlite_path.write_bytes(content)
    with pytest.raises(StoreCorrupt) as caught:
        open_store(url_of(sqlite_path))
    assert str(sqlite_path) in str(caught.value)
    assert "It was left as it is" in str(caught.value)
    assert sqlite_path.read_bytes() == content


def test_damaged_pages_are_named_when_they_are_met_and_left_as_they_are(filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    sound = len(content) * 3 // 4  # what tells of the schema lies before
    content[sound:] = os.urandom(len(content) - sound)
    filled.write_bytes(content)
    store = open_store(url_of(filled))
    with pytest.raises(StoreCorrupt) as caught, store.read() as tx:
        task_runs.read_many(tx, {})
    store.close()
    assert str(filled) in str(caught.value)
    assert "damaged" in str(caught.value)
    assert filled.read_bytes()[sound:] == content[sound:]


def test_an_empty_file_becomes_a_store(sqlite_path: Path) -> None:
    sqlite_path.parent.mkdir()
    sqlite_path.touch()
    open_store(url_of(sqlite_path)).close()
    assert sqlite_path.stat().st_size > 0


def test_what_a_killed_creation_left_is_no_obstacle(sqlite_path: Path) -> None:
    sqlite_path.parent.mkdir()
    for suffix in (".new", ".new-wal", ".new-shm"):
        Path(f"{sqlite_path}{suffix}").write_bytes(b"half")
    open_store(url_of(sqlite_path)).close()
    assert not list(sqlite_path.parent.glob("*.new*"))


def test_a_wal_without_its_database_is_put_aside(filled: Path, tmp_path: Path) -> None:
    # As where somebody moves a database away while it is in use, and forgets what lies beside it.
    store = open_store(url_of(filled))
    apply(store, *(task_run() for _ in range(500)))
    shutil.copy(f"{filled}-wal", tmp_path / "wal")
    store.close()
    filled.unlink()
    shutil.copy(tmp_path / "wal", f"{filled}-wal")
    fresh = open_store(url_of(filled))
    apply(fresh, line())
    with fresh.read() as tx:
        assert task_runs.count(tx, {}) == 0
        assert tx.execute("PRAGMA integrity_check") == [("ok",)]
    fresh.close()
    assert Path(f"{filled}-wal.left").read_bytes() == (tmp_path / "wal").read_bytes()


def test_a_database_restored_from_a_plain_copy_works_again(filled: Path) -> None:
    # VACUUM INTO is how backups are made; the copy is not in WAL mode.
    source = sqlite3.connect(filled)
    source.execute("VACUUM INTO ?", (f"{filled}.copy",))
    source.close()
    shutil.move(f"{filled}.copy", filled)
    store = open_store(url_of(filled))
    apply(store, task_run())
    with store.read() as tx:
        assert task_runs.count(tx, {}) == 501
        assert tx.execute("PRAGMA journal_mode") == [("wal",)]
    store.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "home" / "headrace.db"
    with pytest.raises(StoreUnavailable, match="HEADRACE_HOME") as caught:
        open_store(url_of(path))
    assert str(path) in str(caught.value)


AS_NOBODY = """
import os, sys
from headrace.server.store.errors import StoreUnavailable
from headrace.server.store.opening import open_store
from tests.support.rows import apply, task_run
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    store = open_store(sys.argv[1])
    apply(store, task_run())
except StoreUnavailable as exc:
    print(exc)
"""


@contextmanager
def locked_up(path: Path, mode: int) -> Iterator[None]:
    """Takes rights away, for others than root too, and gives them back."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


def as_nobody(path: Path) -> str:
    """What a process without rights of root says."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", AS_NOBODY, url_of(path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


@pytest.fixture
def open_tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder to which everybody has the way."""
    parents = [parent for parent in (tmp_path, *tmp_path.parents) if parent.owner() == "root" and parent != Path("/")]
    before = {parent: parent.stat().st_mode for parent in parents if not parent.stat().st_mode & 0o001}
    for parent, mode in before.items():
        parent.chmod(mode | 0o055)
    yield tmp_path
    for parent, mode in before.items():
        parent.chmod(mode)


def test_a_folder_that_cannot_be_written_is_named(open_tmp_path: Path) -> None:
    home = open_tmp_path / "home"
    home.mkdir()
    with locked_up(home, 0o555):
        said = as_nobody(home / "headrace.db")
    assert f"The database {home / 'headrace.db'} cannot be used (Permission denied)" in said
    assert list(home.iterdir()) == []


def test_a_database_that_cannot_be_written_is_named(open_tmp_path: Path) -> None:
    path = open_tmp_path / "home" / "headrace.db"
    store = open_store(url_of(path))
    store.close()
    with locked_up(path, 0o444), locked_up(path.parent, 0o555):
        said = as_nobody(path)
    assert str(path) in said
    assert "check" in said


def limited(store: Store, pages: int) -> None:
    """Makes the disk end behind so many more pages of the database."""
    with store.write() as tx:
        ((used,),) = tx.execute("PRAGMA page_count")
        tx.execute(f"PRAGMA max_page_count = {used + pages}")


def test_a_full_disk_is_said_and_nothing_is_half_written(sqlite_path: Path) -> None:
    store = open_store(url_of(sqlite_path))
    apply(store, line("before"))
    limited(store, 2)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="the disk is full; make room"):
            apply(store, line("never"), *(task_run() for _ in range(1000)))
    with store.read() as tx:
        assert [read.message for read in logs.read_many(tx, {})] == ["before"]
        assert task_runs.count(tx, {}) == 0
    limited(store, 10_000)
    apply(store, line("after"), *(task_run() for _ in range(1000)))
    with store.read() as tx:
        assert [read.message for read in logs.read_many(tx, {})] == ["before", "after"]
        assert task_runs.count(tx, {}) == 1000
    store.close()


def test_a_full_disk_within_a_writing_transaction_undoes_all_of_it(sqlite_path: Path) -> None:
    store = open_store(url_of(sqlite_path))
    limited(store, 2)

    def write() -> None:
        with store.write() as tx:
            hot.apply(tx, Changes(logs=(line(),)))
            hot.apply(tx, Changes(task_runs=tuple(task_run() for _ in range(1000))))

    with pytest.raises(StoreUnavailable, match="the disk is full"):
        write()
    limited(store, 10_000)
    apply(store, line("after"))
    with store.read() as tx:
        assert [read.message for read in logs.read_many(tx, {})] == ["after"]
    store.close()


LIMITED_FILES = """
import resource, sys
from headrace.server.store import hot, task_runs
from headrace.server.store.changes import Changes
from headrace.server.store.errors import StoreUnavailable
from headrace.server.store.opening import open_store
from tests.support.rows import apply, task_run
store = open_store(sys.argv[1])
apply(store, task_run())
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
changes = Changes(task_runs=tuple(task_run() for _ in range(5000)))
for begin in (store.step, store.write, store.step, store.write):
    try:
        with begin() as tx:
            hot.apply(tx, changes)
    except StoreUnavailable as exc:
        print(exc)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
apply(store, task_run())
with store.read() as tx:
    print(task_runs.count(tx, {}))
"""


def test_a_disk_that_refuses_to_write_is_said_and_works_again_afterwards(sqlite_path: Path) -> None:
    root = Path(__file__).parents[2]
    said = subprocess.run(
        [sys.executable, "-c", LIMITED_FILES, url_of(sqlite_path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    assert len(said) == 5
    assert all("check the disk" in each or "make room" in each for each in said[:4])
    assert said[4] == "2"


def test_a_closed_store_says_so(sqlite_path: Path) -> None:
    store = open_store(url_of(sqlite_path))
    store.close()
    with pytest.raises(StoreUnavailable, match="was closed by this process"), store.read():
        pass


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store("postgresql://me:secret@127.0.0.1:1/water")
    assert "water at 127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_without_its_driver_postgresql_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # what `import psycopg` then finds is ModuleNotFoundError
    for name in [name for name in sys.modules if name.startswith("headrace.server.store.dialects.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigurationError, match=r"pip install 'headrace\[postgres\]'"):
        open_store("postgresql://me@127.0.0.1:1/water")


def drop_connections(name: str) -> None:
    """Ends those that call themselves so, as a restart of the server would."""
    with psycopg.connect(server_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", (name,))


def test_a_connection_that_the_server_dropped_is_replaced() -> None:
    with postgres_schema() as url:
        store = open_store(f"{url}&application_name=dropped")
        apply(store, line("before"))
        drop_connections("dropped")
        apply(store, line("after"))

        def write() -> None:
            with store.write() as tx:
                hot.apply(tx, Changes(logs=(line("lost"),)))
                drop_connections("dropped")

        with pytest.raises(StoreUnavailable, match="check that the server runs"):
            write()
        with store.read() as tx:
            assert [read.message for read in logs.read_many(tx, {})] == ["before", "after"]
        store.close()


def test_a_text_too_long_for_an_index_is_refused_or_kept(sqlite_path: Path) -> None:
    edge = task_run(inputs=((os.urandom(5000).hex(), (task_run().id,)),))
    with postgres_schema() as url:
        store = open_store(url)
        with pytest.raises(RowRefused):
            apply(store, edge)
        store.close()
    store = open_store(url_of(sqlite_path))
    apply(store, edge)
    store.close()
