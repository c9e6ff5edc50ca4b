"""Requests to a web service: many at once, tried again where that helps, failed where it does not.

    python examples/patterns/http_tasks.py

The service is a small server that this program starts on a free port of this machine. It is busy at the first request
for Boston, and does not know Atlantis.
"""

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import httpx

from headrace import flow, task

AIRPORTS = Path(__file__).parents[1] / "data" / "airports.csv"


class Service(BaseHTTPRequestHandler):
    """Answers /CITY with the airport of the city."""

    requests: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        city = self.path.lstrip("/")
        self.requests[city] += 1
        with AIRPORTS.open(newline="") as text:
            airport = next((row for row in csv.DictReader(text) if row["city"] == city), None)
        if city == "Boston" and self.requests[city] == 1:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "busy"})
        elif airport is None:
            self.answer(HTTPStatus.NOT_FOUND, {"error": f"{city} has no airport"})
        else:
            self.answer(HTTPStatus.OK, airport)

    def answer(self, status: HTTPStatus, body: dict[str, str]) -> None:
        """Sends a status and some JSON."""
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class names it
        """Says nothing: the tasks tell of their requests."""


@contextmanager
def service() -> Iterator[str]:
    """A running service, and where it is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class RefusedError(Exception):
    """The service understood, and said no: asking again does not help."""


def is_worth_another_try(task: Any, task_run: Any, state: Any) -> bool:
    return not isinstance(state.result(raise_on_failure=False), RefusedError)


@task(task_run_name="GET /{city}", retries=3, retry_delay_seconds=0.01, retry_condition_fn=is_worth_another_try)
async def airport_of(city: str, client: httpx.AsyncClient) -> str:
    response = await client.get(f"/{city}")
    if response.is_client_error:
        raise RefusedError(response.json()["error"])
    return response.raise_for_status().json()["name"]


@flow
async def airports(url: str, cities: list[str]) -> None:
    # One client for all: it keeps connections, and the time that it waits is bounded.
    async with httpx.AsyncClient(base_url=url, timeout=5) as client:
        states = await asyncio.gather(*(airport_of(city, client, return_state=True) for city in cities))
    for city, state in zip(cities, states, strict=True):
        print(f"{city}: {await state.aresult(raise_on_failure=False)}")


if __name__ == "__main__":
    with service() as url:
        asyncio.run(airports(url, ["Seattle", "Boston", "Atlantis"]))
