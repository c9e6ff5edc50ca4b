"""A script that reports to a server for a minute, both on this machine, while somebody lists runs.

A flow ends once its task runs are stored, so the rate is one of task runs that can be read; that they can be is counted
at the end. One minute gives three rows: the rate, what listing takes meanwhile, and how the server's memory grows.
"""

import json
import statistics
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

from benchmarks.bench import Bench, Server, resident_megabytes
from benchmarks.figures import Figure, Row, Side, Target
from benchmarks.raw_http import exchange, request_bytes
from tests.support.postgres import postgres_schema

__all__ = ["ROWS"]

Database = Literal["SQLite", "PostgreSQL"]

SECONDS = 60.0
QUICK_SECONDS = 6.0
LISTED = 200
PAUSE_SECONDS = 0.1
# Behind this part of the time the server has what it keeps: caches, connections, the database's pages.
WARM = 1 / 3


@dataclass(frozen=True)
class Minute:
    """What was seen of a server that stores."""

    rate: float  # task runs a second
    listings: tuple[float, ...]  # milliseconds
    megabytes: tuple[float, ...]  # resident, once a listing


@cache
def minute(bench: Bench, database: Database) -> Minute:
    """Measured once for all of its rows."""
    with ExitStack() as stack:
        url = {"HEADRACE_DATABASE_URL": stack.enter_context(postgres_schema())} if database == "PostgreSQL" else {}
        server = stack.enter_context(bench.own_server("ours", **url))
        started = time.monotonic()
        script = start_script(bench, server)
        listings, megabytes = watch(server, script)
        elapsed = time.monotonic() - started
        count = tasks_of(script)
        refuse_losses(server, count)
    return Minute(count / elapsed, tuple(listings), tuple(megabytes))


def start_script(bench: Bench, server: Server) -> subprocess.Popen[str]:
    """The script, which reports to this server."""
    environment = bench.environment(
        "ours",
        bench.new_home(),
        HEADRACE_API_URL=f"http://127.0.0.1:{server.port}{server.prefix}",
        HEADRACE_LOGGING_LEVEL="WARNING",
    )
    seconds = QUICK_SECONDS if bench.quick else SECONDS
    command = [bench.python("ours"), str(bench.program("stream", "ours")), str(seconds)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def tasks_of(script: subprocess.Popen[str]) -> int:
    """How many tasks the script ran; RuntimeError where it complained."""
    said, complaints = script.communicate(timeout=SECONDS * 2)
    if script.returncode != 0 or complaints:
        raise RuntimeError(f"exit code {script.returncode}: {complaints.strip()[-300:] or 'nothing said'}")
    return int(said)


def watch(server: Server, script: subprocess.Popen[str]) -> tuple[list[float], list[float]]:
    """Lists flow runs and task runs until the script has ended: milliseconds of each, megabytes of the server."""
    body = json.dumps({"limit": LISTED}).encode()
    requests = [request_bytes("POST", f"{server.prefix}/{kind}/filter", body) for kind in ("flow_runs", "task_runs")]
    listings: list[float] = []
    megabytes: list[float] = []
    while script.poll() is None:
        answers, _ = exchange(server.port, [requests])
        failed = [answer for answer in answers if answer.status != 200]
        if failed:
            raise RuntimeError(f"a listing failed with {failed[0].status}: {failed[0].body!r}")
        listings += [answer.seconds * 1000 for answer in answers]
        megabytes.append(resident_megabytes(server.process.pid))
        time.sleep(PAUSE_SECONDS)
    return listings, megabytes


def refuse_losses(server: Server, expected: int) -> None:
    """RuntimeError unless so many task runs are stored."""
    body = json.dumps({"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}).encode()
    (answer,), _ = exchange(server.port, [[request_bytes("POST", f"{server.prefix}/task_runs/count", body)]])
    if json.loads(answer.body) != expected:
        raise RuntimeError(f"{answer.body!r} of {expected} task runs are stored")


def rate(database: Database, bench: Bench, side: Side) -> Figure:
    """Task runs a second that were stored."""
    return Figure(minute(bench, database).rate)


def rate_on_null(bench: Bench) -> Figure:
    """The same to a server that does nothing."""
    started = time.monotonic()
    count = tasks_of(start_script(bench, bench.server("null")))
    return Figure(count / (time.monotonic() - started))


def listing(database: Database, bench: Bench, side: Side) -> Figure:
    """The slowest of a hundred lists of 200 runs, in milliseconds."""
    taken = minute(bench, database).listings
    return Figure(statistics.quantiles(taken, n=100)[98], note=f"median {statistics.median(taken):.0f} ms")


def growth(database: Database, bench: Bench, side: Side) -> Figure:
    """Megabytes that the server grew by after it was warm."""
    seen = minute(bench, database).megabytes
    warm = int(len(seen) * WARM)
    return Figure(max(0.0, seen[-1] - seen[warm]), note=f"{seen[-1]:.0f} MB in the end")


def rows_on(database: Database) -> tuple[Row, ...]:
    """The rows of one minute."""
    name = database.lower()
    return (
        Row(
            f"stream-{name}",
            f"a script's task runs, stored by a server on {database}, for a minute",
            "/s",
            Target(2_000, at_least=True),
            partial(rate, database),
            rate_on_null,
            has_peer=False,
        ),
        Row(
            f"stream-{name}-list",
            "list 200 runs meanwhile, p99",
            "ms",
            Target(100),
            partial(listing, database),
            has_peer=False,
        ),
        Row(
            f"stream-{name}-memory",
            "the server's memory grows meanwhile by",
            "MB",
            Target(10),
            partial(growth, database),
            has_peer=False,
        ),
    )


ROWS = (*rows_on("SQLite"), *rows_on("PostgreSQL"))
