"""The page that Prometheus reads, and what is counted for it at the server's door."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from headrace._kernel import clock
from headrace._records import FlowRunBegun
from headrace._stream import Batch, IngestReply, Series
from headrace.server.api.admin import RELEASE
from headrace.server.api.asgi import Application, Receive, Scope, Send
from headrace.server.api.dispatch import Bound
from headrace.server.api.run_counting import RunCounter, RunCounts
from headrace.server.metrics import CONTENT_TYPE, Family, Histogram, Sample, rendered
from headrace.server.store.transactions import Store
from headrace.server.usecases.decoding import decoded_logs, decoded_states
from headrace.server.writer import ServerWork

__all__ = ["CountedRequests", "IngestLag", "Metrics", "Streams"]

UNKNOWN_ROUTE: Final = "(none)"
"""What no route was found for, or what was refused before one was looked for: paths themselves are without end."""

Ingest = Callable[[Store, Batch], IngestReply]

_LAG_BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
_MICROSECONDS: Final = 1e6


class CountedRequests:
    """The outermost application: counts the answers to requests, by their routes' names and kinds of status."""

    def __init__(self, application: Application, counts: Counter[tuple[str, int]], names: Mapping[Any, str]) -> None:
        self._application = application
        self._counts = counts
        self._names = names  # by the endpoints of the routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        def counted(message: Any) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                name = self._names.get(scope.get("endpoint"), UNKNOWN_ROUTE)
                self._counts[name, message["status"] // 100] += 1
            return send(message)

        await self._application(scope, receive, counted)


class Streams:
    """How many WebSockets are open, by kind; those that have not shown yet who they are, too."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    def counted(self, kind: str, socket: Application) -> Application:
        """The endpoint `socket`, which counts as this kind."""
        return _CountedSocket(self.open, kind, socket)


class _CountedSocket:
    """An endpoint; a class, for functions would be called with less."""

    def __init__(self, counts: Counter[str], kind: str, socket: Application) -> None:
        self._counts = counts
        self._kind = kind
        self._socket = socket
        counts[kind] = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._counts[self._kind] += 1
        try:
            await self._socket(scope, receive, send)
        finally:
            self._counts[self._kind] -= 1


class IngestLag:
    """How late the journals of other processes are stored: how old the first record of each batch was by then."""

    def __init__(self) -> None:
        self.histogram = Histogram(_LAG_BOUNDS)

    def measure(self, table: Iterable[Bound]) -> None:
        """Measures from now on what is reported by the route of journals in `table`."""
        for bound in table:
            if bound.route.name == "ingest_journal":
                bound.handler = self._measured(bound.handler)

    def _measured(self, ingest: Ingest) -> Ingest:

        def measured(store: Store, batch: Batch) -> IngestReply:
            reply = ingest(store, batch)
            instants = _first_instants(batch)
            if instants:
                # Clocks of two machines differ: nothing is stored before it was.
                self.histogram.observe(max(0, clock.now() - min(instants)) / _MICROSECONDS)
            return reply

        return measured


def _first_instants(batch: Batch) -> list[int]:
    """When the first state and the first line of a batch were; what cannot be read has no instant."""
    states = decoded_states(_first(batch.states), rejects_nul=False).records
    logs = decoded_logs(_first(batch.logs), rejects_nul=False).records
    first = [record.states[0] if isinstance(record, FlowRunBegun) else record.state for record in states]
    return [*(state.at for state in first), *(line.at for line in logs)]


def _first(series: Series) -> Series:
    return Series(series.start, series.end, series.positions[:1], series.payloads[:1])


class Metrics:
    """All that a server says of itself in numbers."""

    def __init__(self, work: ServerWork) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.streams = Streams()
        self.lag = IngestLag()
        self._work = work
        self._runs = RunCounter(work)

    async def page(self, request: Request) -> Response:
        """Answers a scraper."""
        families = [*_run_families(await self._runs.latest()), *self._own_families()]
        return Response(rendered(families), headers={"content-type": CONTENT_TYPE})

    def _own_families(self) -> list[Family]:
        operations = [
            *self._work.reads.samples({"kind": "read"}),
            *self._work.writes.samples({"kind": "write"}),
        ]
        requests = [
            Sample(count, {"route": route, "status": f"{kind}xx"})
            for (route, kind), count in sorted(self.requests.items())
        ]
        streams = [Sample(count, {"kind": kind}) for kind, count in self.streams.open.items()]
        return [
            Family("headrace_server_info", "gauge", "The release of the server.", [Sample(1, {"version": RELEASE})]),
            Family("headrace_requests_total", "counter", "Answers, by route and kind of status.", requests),
            Family("headrace_streams_open", "gauge", "WebSockets that are open.", streams),
            Family(
                "headrace_store_operation_seconds",
                "histogram",
                "From asking for an operation on the database to its end, its turn included.",
                operations,
            ),
            Family(
                "headrace_ingest_lag_seconds",
                "histogram",
                "Age of the oldest record of a reported batch when it was stored.",
                self.lag.histogram.samples(),
            ),
        ]


def _run_families(counts: RunCounts | None) -> list[Family]:
    if counts is None:
        return []
    age = Sample(clock.monotonic() - counts.begun_at)
    return [
        Family("headrace_flow_runs", "gauge", "Flow runs in the database, by state.", _states(counts.flow_runs)),
        Family("headrace_task_runs", "gauge", "Task runs in the database, by state.", _states(counts.task_runs)),
        Family("headrace_run_counts_age_seconds", "gauge", "How long ago runs were counted.", [age]),
    ]


def _states(counts: Mapping[tuple[str, str], int]) -> list[Sample]:
    return [
        Sample(runs, {"state_type": state_type, "state_name": name})
        for (state_type, name), runs in sorted(counts.items())
    ]
