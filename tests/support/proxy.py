"""A proxy between a client and a server, which cuts, delays, doubles and refuses requests as it is told, and counts.

It knows HTTP so far that it knows where a request and a response end. What it does to the n-th request is a deed; which
one is asked of a function, so that a seed means the same each time that the same requests come.
"""

import http.client
import random
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

__all__ = ["CUTS", "DEEDS", "PASS", "Deed", "Proxy", "Request", "by_chance", "proxied"]


@dataclass(frozen=True)
class Deed:
    """What is done to one request.

    pass: nothing; cut_before: the server never sees it; cut_after: the server does, and the client not its answer;
    half: the client gets half of the answer; delay: it takes `seconds` longer; double: the server gets it twice;
    again: the server gets the client's request before this one once more; refuse: the answer is `status`, and a 429
    asks to be left alone for `seconds`; cut_within: of a WebSocket, it is cut behind `size` bytes of the client's.
    Requests for a WebSocket are passed on, cut before or within, or refused, and other requests are not cut within.
    """

    kind: str
    seconds: float = 0.0
    status: int = 503
    size: int = 0


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


PASS = Deed("pass")
DEEDS = (
    Deed("cut_before"),
    Deed("cut_after"),
    Deed("half"),
    Deed("delay", seconds=0.05),
    Deed("delay", seconds=0.3),
    Deed("double"),
    Deed("again"),
    Deed("refuse", status=503),
    Deed("refuse", status=502),
    Deed("refuse", status=429),
)
CUTS = (Deed("cut_within", size=300), Deed("cut_within", size=3_000), Deed("cut_within", size=30_000))
Plan = Callable[[int, Request], Deed]


def by_chance(seed: int, part: float = 0.4) -> Plan:
    """Does something to this part of all requests."""
    chance, lock = random.Random(seed), threading.Lock()

    def plan(number: int, request: Request) -> Deed:
        with lock:
            return chance.choice(DEEDS) if chance.random() < part else PASS

    return plan


@dataclass
class Proxy:
    """A proxy that is open. `plan` may be exchanged at any time."""

    url: str
    plan: Plan
    requests: list[Request] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    connections: int = 0

    def paths(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(request.path for request in self.requests)


@contextmanager
def proxied(url: str, plan: Plan = lambda number, request: PASS) -> Iterator[Proxy]:
    """A proxy before the API at `url`, for as long as the block lasts."""
    parts = urlsplit(url)
    target = (parts.hostname or "", parts.port or 80)

    class Handler(_Handler):
        pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        proxy = Handler.proxy = Proxy(f"http://127.0.0.1:{server.server_port}{parts.path}", plan)
        Handler.target = target
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="tests-proxy")
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection keeps its thread

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none of the tests' business."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, with one of its own to the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy
    target: tuple[str, int]

    def setup(self) -> None:
        super().setup()
        self.proxy.connections += 1
        self.upstream = http.client.HTTPConnection(*self.target, timeout=60)
        self.before: Request | None = None

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def relay(self) -> None:
        """Does what is to be done to a request."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        request = Request(self.command, self.path, dict(self.headers), body)
        self.proxy.requests.append(request)
        deed = self.proxy.plan(len(self.proxy.requests), request)
        self.proxy.done[deed.kind] += 1
        try:
            if self.headers.get("upgrade", "").lower() == "websocket" and deed.kind not in ("cut_before", "refuse"):
                self._tunnel(request, deed.size)
            else:
                self._do(deed, request)
        except (OSError, http.client.HTTPException):  # the server went away: so does its client's connection
            self.upstream.close()
            self.close_connection = True
        self.before = request

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 - as http.server calls them

    def _do(self, deed: Deed, request: Request) -> None:
        match deed.kind:
            case "cut_before":
                self.close_connection = True
            case "refuse":
                self._refuse(deed.status, deed.seconds)
            case "cut_after":
                self._ask(request)
                self.close_connection = True
            case "half":
                answer = self._ask(request)
                self.wfile.write(answer[: len(answer) // 2])
                self.close_connection = True
            case _:
                if deed.kind == "double":
                    self._ask(request)
                elif deed.kind == "again" and self.before is not None:
                    self._ask(self.before)
                time.sleep(deed.seconds)
                self.wfile.write(self._ask(request))

    def _tunnel(self, request: Request, size: int) -> None:
        """Passes bytes both ways, until one side ends it or, where a size is given, the client has sent as many."""
        self.close_connection = True
        client = self.connection
        with socket.create_connection(self.target) as server, selectors.DefaultSelector() as ready:
            head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
            server.sendall(f"{request.method} {request.path} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            sent = 0
            while not size or sent < size:
                for key, _ in ready.select():
                    source: socket.socket = client if key.data is server else server
                    content = source.recv(1 << 16)
                    if not content:
                        return
                    if source is client:
                        content = content[: size - sent] if size else content
                        sent += len(content)
                    key.data.sendall(content)

    def _refuse(self, status: int, seconds: float) -> None:
        body = b"<html>Come again later.</html>"
        told = f"retry-after: {seconds:.0f}\r\n" if status == 429 else ""
        head = f"HTTP/1.1 {status} No\r\ncontent-type: text/html\r\n{told}content-length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def _ask(self, request: Request) -> bytes:
        """The server's answer as it goes over the wire."""
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        with suppress(OSError, http.client.HTTPException):  # the server had closed the connection
            return self._ask_once(request, headers)
        self.upstream.close()
        return self._ask_once(request, headers)

    def _ask_once(self, request: Request, headers: dict[str, str]) -> bytes:
        self.upstream.request(request.method, request.path, request.body, headers)
        response = self.upstream.getresponse()
        content = response.read()
        kept = [(name, value) for name, value in response.getheaders() if name.lower() != "transfer-encoding"]
        head = f"HTTP/1.1 {response.status} {response.reason}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in kept if name.lower() != "content-length")
        return f"{head}content-length: {len(content)}\r\n\r\n".encode("latin-1") + content

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server calls it
        """Nobody reads it."""
