"""A server as a process of its own beside scripts, on SQLite or PostgreSQL, which is killed and started again."""

import json
import signal
import socket
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing, suppress
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from tests.faults.processes import Home, Script, await_until
from tests.faults.stored import assert_nothing_lost

__all__ = ["Server"]


class Server:
    """A server on a home; what it stores is read in the home's file, into which a PostgreSQL's rows are copied."""

    def __init__(self, home: Home, postgres_url: str | None = None) -> None:
        self._home = home
        self._postgres_url = postgres_url
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/api"
        self._process: Script | None = None

    def start(self, crash_point: str = "") -> None:
        """Starts it, on the port that it always has."""
        variables = {"HEADRACE_API_URL": ""}
        if self._postgres_url is not None:
            variables["HEADRACE_DATABASE_URL"] = self._postgres_url
        words = ("server", "start", "--port", str(self._port))
        self._process = self._home.command(*words, crash_point=crash_point, environment=variables)
        await_until(lambda: self._is_up() or not self.is_running, "the server to be up")

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.is_running

    def kill(self) -> None:
        """Kills it."""
        assert self._process is not None
        self._process.kill()
        self.await_death()

    def await_death(self) -> None:
        """Waits until it was killed."""
        assert self._process is not None
        ended = self._process.end()
        assert ended.code == -signal.SIGKILL, ended.err[-4_000:]

    def assert_nothing_lost(self) -> None:
        """Holds what is stored against what the scripts saw, once the dead are recovered."""
        self._home.recover().was_silent()
        if self._postgres_url is not None:
            copy(self._postgres_url, self._home)
        assert_nothing_lost(self._home)
        assert self._home.journals() == []

    def _is_up(self) -> bool:
        with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"{self.url}/health", timeout=5):
            return True
        return False


def copy(postgres_url: str, home: Home) -> None:
    """Copies all rows into a file of SQLite, where the checks read them."""
    home.database.unlink(missing_ok=True)
    with (
        psycopg.connect(postgres_url, row_factory=dict_row) as source,
        closing(sqlite3.connect(home.database)) as target,
    ):
        tables = source.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema")
        for table in [row["table_name"] for row in tables.fetchall()]:
            cursor = source.execute(f'SELECT * FROM "{table}"'.encode())
            names = [column.name for column in cursor.description or ()]
            target.execute(f'CREATE TABLE "{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)})')
            target.executemany(
                f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(names))})',
                [[plain(row[name]) for name in names] for row in cursor],
            )
        target.commit()


def plain(value: Any) -> Any:
    """A value as SQLite has it."""
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, dict | list):
        return json.dumps(value)
    return value
