"""The server: what it takes to start and to idle, and what a request takes.

Requests come from a client of bytes over kept-alive connections (`raw_http.py`), so that the server's cost is seen, and
once from 16 processes with httpx, as users' programs send them. Both sides get the very same bytes on their SQLite.
"""

import itertools
import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence

from benchmarks.bench import PROGRAMS, Bench, Server, resident_megabytes
from benchmarks.figures import Figure, Row, Side, Target, of_repeats
from benchmarks.raw_http import Exchange, exchange, request_bytes
from tests.support.postgres import postgres_schema

__all__ = ["ROWS"]

CONNECTIONS = 16
LISTED = 200
ATTEMPTS = 10
IDLE_SECONDS = 3


def start(bench: Bench, side: Side) -> Figure:
    """Seconds from the command to the first answer, on a new home."""
    seconds: list[float] = []
    for _ in range(bench.repeats(5, 1) if side == "ours" else 1):
        with bench.own_server(side) as server:
            seconds.append(server.seconds_to_start)
    return of_repeats(seconds)


def start_on_postgresql(bench: Bench, side: Side) -> Figure:
    """The same where PostgreSQL runs already, on an empty database."""
    seconds: list[float] = []
    for _ in range(bench.repeats(5, 1)):
        with postgres_schema() as url, bench.own_server(side, HEADRACE_DATABASE_URL=url) as server:
            seconds.append(server.seconds_to_start)
    return of_repeats(seconds)


def idle(bench: Bench, side: Side) -> Figure:
    """Megabytes resident, children included, some seconds after the start."""
    with bench.own_server(side) as server:
        time.sleep(IDLE_SECONDS)
        return Figure(resident_megabytes(server.process.pid))


def create_request(server: Server, flow_id: str) -> bytes:
    """A request that makes a pending flow run."""
    body = {"flow_id": flow_id, "name": uuid.uuid4().hex, "state": {"type": "PENDING", "name": "Pending"}}
    return request_bytes("POST", f"{server.prefix}/flow_runs/", json.dumps(body).encode())


def new_flow(server: Server) -> str:
    """The id of a flow made for the occasion."""
    body = json.dumps({"name": f"bench-{uuid.uuid4().hex}"}).encode()
    (made,), _ = exchange(server.port, [[request_bytes("POST", f"{server.prefix}/flows/", body)]])
    if not is_success(made):
        raise RuntimeError(f"no flow could be made: {made.status} {made.body!r}")
    return json.loads(made.body)["id"]


def new_runs(server: Server, count: int) -> list[str]:
    """The ids of so many new pending flow runs."""
    flow_id = new_flow(server)
    ids: list[str] = []
    # The peer answers some with 503 when its database is locked; they are asked for again.
    for _ in range(ATTEMPTS):
        made, _ = exchange(server.port, [[create_request(server, flow_id) for _ in range(count - len(ids))]])
        ids += [json.loads(answer.body)["id"] for answer in made if is_success(answer)]
        if len(ids) == count:
            return ids
    raise RuntimeError(f"{ATTEMPTS} attempts made {len(ids)} of {count} flow runs")


def is_success(answer: Exchange) -> bool:
    """Whether the server did what it was asked."""
    return answer.status in (200, 201)


def latency(answers: Sequence[Exchange], side: Side) -> Figure:
    """The median of those that succeeded, in milliseconds; ours have to."""
    failed = [answer for answer in answers if not is_success(answer)]
    if failed and side == "ours":
        raise RuntimeError(
            f"{len(failed)} of {len(answers)} failed, the first with {failed[0].status}: {failed[0].body!r}"
        )
    times = [answer.seconds * 1000 for answer in answers if is_success(answer)]
    return of_repeats(times, f"{len(failed)} of {len(answers)} failed" if failed else "")


def create(bench: Bench, side: Side) -> Figure:
    """Milliseconds to make a flow run, one client, one request after the other."""
    server = bench.server(side)
    flow_id = new_flow(server)
    count = bench.repeats(1_000, 50) if side == "ours" else bench.repeats(100, 20)
    answers, _ = exchange(server.port, [[create_request(server, flow_id) for _ in range(count)]])
    return latency(answers, side)


def create_on_null(bench: Bench) -> Figure:
    """The same bytes to a server that does nothing."""
    server = bench.server("null")
    answers, _ = exchange(server.port, [[create_request(server, str(uuid.uuid4())) for _ in range(500)]])
    return latency(answers, "ours")


def state_requests(run_id: str) -> list[tuple[str, bytes]]:
    """Path and body of what takes a pending run to its end."""
    states = [{"type": "RUNNING", "name": "Running"}, {"type": "COMPLETED", "name": "Completed"}]
    return [(f"/flow_runs/{run_id}/set_state", json.dumps({"state": state}).encode()) for state in states]


def raw_queues(prefix: str, ids: Sequence[str]) -> list[list[bytes]]:
    """The requests for these runs, dealt out to the connections; a run stays on one."""
    return [
        [
            request_bytes("POST", prefix + path, body)
            for run_id in ids[lane::CONNECTIONS]
            for path, body in state_requests(run_id)
        ]
        for lane in range(CONNECTIONS)
    ]


def states_raw(bench: Bench, side: Side) -> Figure:
    """Accepted states a second over 16 connections."""
    server = bench.server(side)
    per_connection = bench.repeats(150, 10) if side == "ours" else bench.repeats(10, 3)
    ids = new_runs(server, CONNECTIONS * per_connection)
    answers, elapsed = exchange(server.port, raw_queues(server.prefix, ids))
    return rate(answers, elapsed)


def rate(answers: Sequence[Exchange], elapsed: float) -> Figure:
    """Accepted answers a second, with the slowest in a hundred."""
    accepted = sum(b'"ACCEPT"' in answer.body for answer in answers)
    slowest = statistics.quantiles([answer.seconds * 1000 for answer in answers], n=100)[98]
    return Figure(accepted / elapsed, note=f"p99 {slowest:.0f} ms, {len(answers) - accepted} errors")


def states_on_null(bench: Bench) -> Figure:
    """The same bytes to a server that does nothing."""
    ids = [str(uuid.uuid4()) for _ in range(CONNECTIONS * 100)]
    answers, elapsed = exchange(bench.server("null").port, raw_queues("/api", ids))
    return rate(answers, elapsed)


def states_httpx(bench: Bench, side: Side) -> Figure:
    """Accepted states a second from 16 processes that use httpx."""
    server = bench.server(side)
    per_process = bench.repeats(60, 10) if side == "ours" else bench.repeats(6, 2)
    return told_by_processes(bench, server, new_runs(server, CONNECTIONS * per_process))


def states_httpx_on_null(bench: Bench) -> Figure:
    """The same processes with a server that does nothing."""
    ids = [str(uuid.uuid4()) for _ in range(CONNECTIONS * bench.repeats(60, 10))]
    return told_by_processes(bench, bench.server("null"), ids)


def told_by_processes(bench: Bench, server: Server, ids: Sequence[str]) -> Figure:
    """Lets 16 processes tell the states of these runs, each of some of them."""
    url = f"http://127.0.0.1:{server.port}{server.prefix}"
    clients: list[subprocess.Popen[str]] = []
    for lane in range(CONNECTIONS):
        file = bench.scratch / f"requests-{server.port}-{lane}"
        requests = itertools.chain.from_iterable(state_requests(run_id) for run_id in ids[lane::CONNECTIONS])
        file.write_text("".join(f"{path}\t{body.decode()}\n" for path, body in requests))
        command = [sys.executable, str(PROGRAMS / "set_states.py"), url, str(file)]
        clients.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    told = [json.loads(said) for said in start_together(clients)]
    elapsed = max(one["ended"] for one in told) - min(one["started"] for one in told)
    accepted = sum(one["accepted"] for one in told)
    return Figure(accepted / elapsed, note=f"{sum(one['sent'] for one in told) - accepted} errors")


def start_together(clients: Sequence[subprocess.Popen[str]]) -> list[str]:
    """Lets all go once all are ready; what each said in the end."""
    for client in clients:
        if client.stdout is None or client.stdout.readline().strip() != "ready":
            raise RuntimeError("a client did not start")
    for client in clients:
        if client.stdin is not None:
            client.stdin.write("go\n")
            client.stdin.flush()
    return [client.communicate(timeout=120)[0] for client in clients]


def listing(bench: Bench, side: Side) -> Figure:
    """Milliseconds to read 200 flow runs."""
    server = bench.server(side)
    new_runs(server, LISTED)
    body = json.dumps({"limit": LISTED, "sort": "START_TIME_DESC"}).encode()
    request = request_bytes("POST", f"{server.prefix}/flow_runs/filter", body)
    answers, _ = exchange(server.port, [[request] * bench.repeats(30, 5)])
    listed = {len(json.loads(answer.body)) for answer in answers if is_success(answer)}
    if listed != {LISTED}:
        raise RuntimeError(f"{listed} flow runs were listed, not {LISTED}")
    return latency(answers, side)


def listing_on_null(bench: Bench) -> Figure:
    """The same bytes to a server that does nothing."""
    request = request_bytes("POST", "/api/flow_runs/filter", json.dumps({"limit": LISTED}).encode())
    answers, _ = exchange(bench.server("null").port, [[request] * bench.repeats(30, 5)])
    return latency(answers, "ours")


ROWS = (
    Row("server-start", "server, from the command to the first answer", "s", Target(1), start),
    Row(
        "server-start-postgresql",
        "the same on PostgreSQL, which runs already",
        "s",
        Target(1),
        start_on_postgresql,
        has_peer=False,
    ),
    Row("server-idle", "idle server, resident", "MB", Target(90), idle),
    Row("create", "create a flow run over REST, one client", "ms", Target(2), create, create_on_null),
    Row(
        "states",
        "set_state over REST, 16 connections, raw client",
        "/s",
        Target(2_000, at_least=True),
        states_raw,
        states_on_null,
    ),
    Row(
        "states-httpx",
        "the same from 16 httpx processes",
        "/s",
        Target(800, at_least=True),
        states_httpx,
        states_httpx_on_null,
    ),
    Row("list", "list 200 flow runs", "ms", Target(12), listing, listing_on_null),
)
