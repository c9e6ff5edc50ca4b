"""The schema of a store, for the command line: which it has, which it lacks, and who uses it."""

import msgspec

from headrace.exceptions import ConfigurationError
from headrace.server.store.dialects import sqlite_upkeep
from headrace.server.store.opening import open_store, sessions_of, stamp_schema, stored_schema

__all__ = ["SchemaState", "back_up_as_it_is", "schema_state", "sessions", "stamp_store", "upgrade_store"]


class SchemaState(msgspec.Struct, frozen=True):
    """How far a database has come, and who may use it."""

    number: int | None  # None: it holds nothing yet
    known: int  # up to which this Headrace knows the schema
    lacking: tuple[str, ...]  # the migrations that this Headrace would run, in order
    min_writer: int  # who uses it must know the schema up to here


def schema_state(database_url: str) -> SchemaState:
    """Reads it, and changes nothing."""
    meta, schema = stored_schema(database_url)
    number = None if meta is None else meta.schema_version
    needed = 0 if meta is None else max(meta.min_reader, meta.min_writer)
    return SchemaState(number, schema.latest, schema.names_after(number or 0), needed)


def upgrade_store(database_url: str) -> None:
    """Makes the database, or brings it to the newest schema that is known here."""
    open_store(database_url).close()


def stamp_store(database_url: str, revision: str) -> tuple[int, int]:
    """Says that the database has had all migrations up to this one; what it said before, and says now."""
    meta, schema = stored_schema(database_url)
    number = schema.number_of(revision)
    if number is None:
        known = ", ".join(schema.names_after(0))
        raise ConfigurationError(f"There is no revision {revision!r}: there are {known}, their numbers, and head.")
    if meta is None:
        raise ConfigurationError("The database holds nothing yet: `headrace server database upgrade` makes it.")
    if meta.schema_version > schema.latest:
        raise ConfigurationError(
            f"The database has schema {meta.schema_version} of a later Headrace, and this one knows {schema.latest}: "
            "say it with that release."
        )
    stamp_schema(database_url, schema.stamped(meta, number))
    return meta.schema_version, number


def back_up_as_it_is(path: str, target: str) -> int:
    """Copies a file into a new one, without bringing its schema up to date; the copy's size."""
    return sqlite_upkeep.back_up(path, target)


def sessions(database_url: str) -> int:
    """How many connections there are to a database that is shared; of a file, nobody can tell."""
    meta, _ = stored_schema(database_url)
    return 0 if meta is None else sessions_of(database_url, meta.store_id)
