"""How soon a listener hears a line of a log that was written past its server.

On SQLite another process writes to the file, as scripts do; on PostgreSQL a second server on the database takes the
line. From before the writing until the listener has the frame; the slowest of a hundred.
"""

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Row, Side, Target
from benchmarks.raw_http import exchange, request_bytes
from headrace.server.store.opening import open_store
from tests.support import rows
from tests.support.listening import ear
from tests.support.postgres import postgres_schema

__all__ = ["ROWS"]

LINES = 300
QUICK_LINES = 30
LONGEST_PAUSE_SECONDS = 0.15  # between two lines, at random: the server's looks at a file must not keep step

Write = Callable[[str], None]


@contextmanager
def past_a_server_on_sqlite(bench: Bench) -> Iterator[tuple[str, Write]]:
    """The API of a server, and who writes past it."""
    with ExitStack() as stack:
        url = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/headrace.db"
        server = stack.enter_context(bench.own_server("ours", HEADRACE_DATABASE_URL=url))
        store = open_store(url)
        stack.callback(store.close)
        yield f"http://127.0.0.1:{server.port}{server.prefix}", lambda text: rows.apply(store, rows.line(text))


@contextmanager
def past_a_server_on_postgresql(bench: Bench) -> Iterator[tuple[str, Write]]:
    """The API of a server, and who writes past it."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_schema())
        one, other = [stack.enter_context(bench.own_server("ours", HEADRACE_DATABASE_URL=url)) for _ in range(2)]

        def write(text: str) -> None:
            line = {"name": "l", "level": 20, "message": text, "timestamp": "2026-01-01T00:00:00Z"}
            request = request_bytes("POST", f"{other.prefix}/logs/", json.dumps([line]).encode())
            (answer,), _ = exchange(other.port, [[request]])
            if answer.status != 201:
                raise RuntimeError(f"a line was refused with {answer.status}: {answer.body!r}")

        yield f"http://127.0.0.1:{one.port}{one.prefix}", write


def heard(place: Callable[[Bench], AbstractContextManager[tuple[str, Write]]], bench: Bench, side: Side) -> Figure:
    """Milliseconds, the slowest of a hundred."""
    taken: list[float] = []
    with ExitStack() as stack:
        url, write = stack.enter_context(place(bench))
        listener = stack.enter_context(ear(url, "/logs/out"))
        for number in range(QUICK_LINES if bench.quick else LINES):
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
            started = time.perf_counter()
            write(f"line {number}")
            (frame,) = listener.hear(1)
            taken.append((time.perf_counter() - started) * 1000)
            if frame["log"]["message"] != f"line {number}":
                raise RuntimeError(f"line {number} was missed, or came twice")
    return Figure(statistics.quantiles(taken, n=100)[98], note=f"median {statistics.median(taken):.0f} ms")


ROWS = (
    Row(
        "heard-sqlite",
        "a script's line on SQLite, heard by who listens to a server",
        "ms",
        Target(200),
        partial(heard, past_a_server_on_sqlite),
        has_peer=False,
    ),
    Row(
        "heard-postgresql",
        "a line that one server takes on PostgreSQL, heard by who listens to another",
        "ms",
        Target(200),
        partial(heard, past_a_server_on_postgresql),
        has_peer=False,
    ),
)
