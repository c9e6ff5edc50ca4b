"""The schema: made once, changed by numbered files, and shared by several versions for as long as that goes."""

import shutil
from pathlib import Path

import pytest

from headrace.server.store import flow_runs, tables
from headrace.server.store.errors import StoreCorrupt, StoreNewer, StoreUnavailable
from headrace.server.store.migrations import Schema
from headrace.server.store.opening import open_store
from tests.conformance.conftest import Database
from tests.support.rows import apply, flow_run, task_run

SHIPPED = Path(tables.__file__).parent / "schema"
KNOWN = Schema.of("sqlite").latest
LATER = KNOWN + 1
# A later Headrace's: it adds a column and a table that this one does not know.
ADDITIVE = """
-- min_reader: {min_reader}
-- min_writer: {min_writer}
ALTER TABLE flow_runs ADD COLUMN mood text;
CREATE TABLE moods (name text PRIMARY KEY);
"""


def later(database: Database, folder: Path, *, min_reader: int = 1, min_writer: int = 1, sql: str = ADDITIVE) -> Schema:
    """The schema of a later Headrace: the shipped files, and one more."""
    copied = shutil.copytree(SHIPPED / database.kind, folder / "later")
    (copied / f"{LATER:03}_later.sql").write_text(sql.format(min_reader=min_reader, min_writer=min_writer))
    return Schema(str(copied))


def test_a_store_keeps_its_id(database: Database) -> None:
    first = database.open()
    second = database.open()
    assert first.store_id == second.store_id
    first.close()
    second.close()


def test_stores_differ_in_their_ids(database: Database, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path}/other.db")
    store = database.open()
    assert store.store_id != other.store_id
    store.close()
    other.close()


def test_what_is_not_there_is_made_only_where_that_is_wanted(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="HEADRACE_DATABASE_URL"):
        open_store(database.url, create=False)
    database.open().close()
    open_store(database.url, create=False).close()


def test_two_versions_share_a_store(database: Database, tmp_path: Path) -> None:
    older = database.open()
    apply(older, flow_run(name="before"))
    newer = database.open(later(database, tmp_path))
    apply(older, flow_run(name="open all the while"))
    reopened = database.open()
    apply(reopened, flow_run(name="opened afterwards"))
    apply(newer, flow_run(name="newer"))
    for store in (older, newer, reopened):
        with store.read() as tx:
            assert flow_runs.count(tx, {}) == 4
        with store.write() as tx:
            assert tx.execute("SELECT schema_version FROM meta") == [(LATER,)]
        store.close()
    assert database.run("SELECT count(*) FROM moods") == [(0,)]


def test_a_store_that_only_a_later_version_may_write_can_still_be_read(database: Database, tmp_path: Path) -> None:
    older = database.open()
    apply(older, flow_run())
    database.open(later(database, tmp_path, min_writer=LATER)).close()
    for store in (older, database.open()):
        with store.read() as tx:
            assert flow_runs.count(tx, {}) == 1
        with pytest.raises(StoreNewer, match=r"Upgrade this environment \(pip install -U headrace\)"):
            apply(store, flow_run())
        with pytest.raises(StoreNewer, match="Upgrade this environment"), store.write():
            pass
        with store.read() as tx:
            assert flow_runs.count(tx, {}) == 1
        store.close()


def test_a_store_that_only_a_later_version_may_read_is_refused_and_stays_as_it_is(
    database: Database, tmp_path: Path
) -> None:
    newer = database.open(later(database, tmp_path, min_reader=LATER))
    apply(newer, flow_run())
    newer.close()
    with pytest.raises(StoreNewer) as caught:
        database.open()
    assert f"schema {LATER}" in str(caught.value)
    assert f"knows {KNOWN}" in str(caught.value)
    assert "Nothing was changed" in str(caught.value)
    assert database.run("SELECT count(*) FROM flow_runs") == [(1,)]


def test_a_migration_that_fails_leaves_the_store_as_it_was(database: Database, tmp_path: Path) -> None:
    store = database.open()
    apply(store, task_run())
    broken = later(database, tmp_path, sql=ADDITIVE + "CREATE TABLE moods (name text);\n")
    with pytest.raises(Exception, match="already exists"):
        database.open(broken)
    apply(store, task_run())
    store.close()
    assert database.run("SELECT schema_version FROM meta") == [(KNOWN,)]
    shutil.rmtree(broken.folder)
    database.open(later(database, tmp_path)).close()
    assert database.run("SELECT schema_version FROM meta") == [(LATER,)]


def test_a_database_of_something_else_is_left_alone(database: Database) -> None:
    if database.kind == "sqlite":
        Path(database.url.removeprefix("sqlite:///")).parent.mkdir()
    database.run("CREATE TABLE meta (key text)")
    database.run("INSERT INTO meta VALUES ('theirs')")
    with pytest.raises(StoreCorrupt, match="belongs to something else"):
        database.open()
    assert database.run("SELECT * FROM meta") == [("theirs",)]


# The schema, as each database tells it.

KINDS = {
    "sqlite": {"Id": {"BLOB"}, "Json": {"TEXT"}, "Packed": {"BLOB"}, "Text": {"TEXT"}, "BigInteger": {"INTEGER"}},
    "postgres": {
        "Id": {"uuid"},
        "Json": {"jsonb"},
        "Packed": {"bytea"},
        "Text": {"text"},
        "BigInteger": {"bigint", "integer"},
    },
}


def columns(database: Database) -> dict[str, dict[str, tuple[str, bool]]]:
    """Table -> column -> its type and whether it may be null."""
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    if database.kind == "sqlite":
        for (table,) in database.run("SELECT name FROM sqlite_master WHERE type = 'table'"):
            found[table] = {
                name: (kind, not (required or key))
                for _, name, kind, required, _, key in database.run(f"PRAGMA table_info({table})")
            }
        return found
    rows = database.run(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema = current_schema() ORDER BY ordinal_position"
    )
    for table, name, kind, nullable in rows:
        found.setdefault(table, {})[name] = (kind, nullable == "YES")
    return found


def test_the_tables_are_those_of_the_schema(database: Database) -> None:
    database.open().close()
    found = columns(database)
    assert set(found) == set(tables.metadata.tables)
    for name, table in tables.metadata.tables.items():
        assert list(found[name]) == [column.name for column in table.columns]
        for column in table.columns:
            kind, nullable = found[name][column.name]
            assert kind in KINDS[database.kind][type(column.type).__name__], f"{name}.{column.name}"
            assert nullable is column.nullable, f"{name}.{column.name}"


def indexes(database: Database) -> set[tuple[str, str]]:
    """The tables and names of the indexes, but for those that keys bring with them."""
    if database.kind == "sqlite":
        return set(database.run("SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"))
    return set(
        database.run(
            "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint)"
        )
    )


INDEXES = {
    ("events", "events_by_occurred"),
    ("flow_run_states", "flow_run_states_by_time"),
    ("flow_runs", "flow_runs_by_end"),
    ("flow_runs", "flow_runs_by_expected_start"),
    ("flow_runs", "flow_runs_by_flow"),
    ("flow_runs", "flow_runs_by_idempotency_key"),
    ("flow_runs", "flow_runs_by_parent"),
    ("flow_runs", "flow_runs_by_start"),
    ("flow_runs", "flow_runs_by_state"),
    ("flow_runs", "flow_runs_unfinished"),
    ("logs", "logs_by_flow_run"),
    ("logs", "logs_by_position"),
    ("logs", "logs_by_task_run"),
    # Three beside the primary key: each further one costs every task run some 26 bytes and a microsecond.
    ("task_runs", "task_runs_by_flow_run"),
    ("task_runs", "task_runs_by_start"),
    # Of those that last longer than 0.1 s, for which that is nothing.
    ("task_runs", "task_runs_lasting"),
    ("task_runs", "task_runs_unfinished"),
}


def test_both_databases_have_the_same_indexes(database: Database) -> None:
    database.open().close()
    assert indexes(database) == INDEXES
