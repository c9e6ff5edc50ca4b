"""Numbered SQL files make and change the schema; `meta` says which of them a store has had, and who may still use it.

Migrations are additive, so that several versions of Headrace share a store. The header of each file names the lowest
schema number that a Headrace must know to read (`min_reader`) and to write (`min_writer`) a store that has had it.
The dialects run a migration under a lock of theirs; what to run, and who may go on, is decided here.
"""

import os
import re
from typing import Final, Protocol

import msgspec

from headrace.server.store.errors import StoreNewer, StoreUnavailable

__all__ = [
    "Migration",
    "MigrationSession",
    "Schema",
    "StoreMeta",
    "migrate",
    "not_as_it_says",
    "refuse_newer_reader",
    "refuse_newer_writer",
]

_FILE: Final = re.compile(r"(\d{3})_(\w+)\.sql")
_HEADER: Final = re.compile(r"^-- (min_reader|min_writer): (\d+)$", re.MULTILINE)
_FOLDER: Final = os.path.join(os.path.dirname(__file__), "schema")


class StoreMeta(msgspec.Struct, frozen=True):
    """The one row of `meta`."""

    store_id: str
    schema_version: int
    min_reader: int
    min_writer: int


class Migration(msgspec.Struct, frozen=True):
    """One numbered file."""

    number: int
    name: str
    min_reader: int
    min_writer: int
    sql: str


class Schema:
    """The migrations of one dialect, as they lie in a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._files = {int(found[1]): found[0] for name in os.listdir(folder) if (found := _FILE.fullmatch(name))}
        self.latest = max(self._files)

    @classmethod
    def of(cls, dialect: str) -> "Schema":
        """The migrations that this Headrace ships for `dialect`."""
        return cls(os.path.join(_FOLDER, dialect))

    def after(self, number: int) -> list[Migration]:
        """The migrations that a store of this schema number still lacks, in order."""
        return [self._load(n) for n in sorted(self._files) if n > number]

    def names_after(self, number: int) -> tuple[str, ...]:
        """The same, by their names."""
        return tuple(self._files[n].removesuffix(".sql") for n in sorted(self._files) if n > number)

    def number_of(self, revision: str) -> int | None:
        """The migration that is meant by its number, its name, or "head"; None where there is none."""
        if revision == "head":
            return self.latest
        wanted = int(revision) if revision.isdecimal() else None
        return next((n for n, file in self._files.items() if wanted == n or file == f"{revision}.sql"), None)

    def stamped(self, meta: StoreMeta, number: int) -> StoreMeta:
        """The meta of a store that has had all migrations up to this one, and no other."""
        had = [each for each in self.after(0) if each.number <= number]
        return StoreMeta(
            meta.store_id, number, max(each.min_reader for each in had), max(each.min_writer for each in had)
        )

    def _load(self, number: int) -> Migration:
        name = self._files[number]
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            sql = file.read()
        header = {key: int(value) for key, value in _HEADER.findall(sql)}
        return Migration(number, name.removesuffix(".sql"), header["min_reader"], header["min_writer"], sql)


class MigrationSession(Protocol):
    """What a dialect offers the runner; the lock is already held."""

    def meta(self) -> StoreMeta | None:
        """None where the store has no schema yet."""
        ...

    def run(self, migration: Migration, meta: StoreMeta) -> None:
        """Runs the migration and writes `meta`, in one transaction."""
        ...


def migrate(session: MigrationSession, schema: Schema, new_store_id: str) -> StoreMeta:
    """Brings a store to this Headrace's schema and answers its meta; a newer store stays as it is."""
    meta = session.meta() or StoreMeta(new_store_id, 0, 0, 0)
    for migration in schema.after(meta.schema_version):
        meta = StoreMeta(
            meta.store_id,
            migration.number,
            max(meta.min_reader, migration.min_reader),
            max(meta.min_writer, migration.min_writer),
        )
        session.run(migration, meta)
    return meta


def not_as_it_says(migration: Migration, where: str, reason: str) -> StoreUnavailable:
    """For a store whose schema is not the one that its meta names, so that a migration cannot be run."""
    return StoreUnavailable(
        f"The database {where} says that it has schema {migration.number - 1}, and {migration.name} cannot be run on "
        f"it ({reason}): its schema is another. Nothing was changed. Where it was stamped too low, say what it has: "
        "`headrace server database stamp`. Else restore it from a backup."
    )


def refuse_newer_reader(meta: StoreMeta, latest: int, where: str) -> None:
    """StoreNewer where a Headrace that knows the schema up to `latest` can no longer read this store."""
    if latest < meta.min_reader:
        raise StoreNewer(_newer(where, meta.schema_version, meta.min_reader, latest, "read"))


def refuse_newer_writer(meta: StoreMeta, latest: int, where: str) -> None:
    """StoreNewer where a Headrace that knows the schema up to `latest` can no longer write this store."""
    if latest < meta.min_writer:
        raise StoreNewer(_newer(where, meta.schema_version, meta.min_writer, latest, "write"))


def _newer(where: str, version: int, needed: int, latest: int, verb: str) -> str:
    return (
        f"The database {where} was brought to schema {version} by a later Headrace; to {verb} it takes a Headrace that "
        f"knows schema {needed}, and this one knows {latest}. Upgrade this environment (pip install -U headrace), or "
        f"point HEADRACE_DATABASE_URL at another database. Nothing was changed."
    )
