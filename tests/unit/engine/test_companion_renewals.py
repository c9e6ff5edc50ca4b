"""How a companion renews a lease: over TLS, below the URL's path, with the password that only it may see."""

import queue
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec

from headrace._engine import companion_process
from headrace._stream import JournalIdentity
from headrace._wire.journals import LeaseRenewal
from headrace.client._http_sink import HttpSink

JOURNAL = JournalIdentity(bytes(16), "sink", "host", "boot", 7, 1)
SECONDS = 60
PASSWORD = "love:lace"


class Asked(msgspec.Struct):
    """A request as a server got it."""

    path: str
    authorization: str | None
    body: bytes


@contextmanager
def listening(tls: ssl.SSLContext | None, *statuses: int) -> Iterator[tuple[int, "queue.SimpleQueue[Asked]"]]:
    """The port of a server, and what it is asked; it answers with these statuses, and breaks connections for 0."""
    asked: queue.SimpleQueue[Asked] = queue.SimpleQueue()
    answers = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.put(Asked(self.path, self.headers["authorization"], body))
            status = answers.pop(0) if answers else 200
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def companion(renewal: str, **environment: str) -> Iterator[list[str]]:
    """A companion; within, its command line. It ends when the block does."""
    command = [sys.executable, "-I", "-S", companion_process.__file__, "raise SystemExit"]
    variables = {companion_process.RENEWAL: renewal, **environment}
    process = subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield command
        process.stdin.write(b".")
        process.stdin.close()
        assert process.stdout.read() == b""  # whose end is that of the companion as well


def renewal_to(url: str, seconds: float = SECONDS) -> str:
    return HttpSink(url, auth_string=f"ada:{PASSWORD}").renewal(JOURNAL, seconds)


def test_a_renewal_says_whose_it_is_and_who_calls() -> None:
    with (
        listening(None) as (port, asked),
        companion(renewal_to(f"http://localhost:{port}/below/api/")) as command,
    ):
        told = asked.get(timeout=60)
        assert not any(PASSWORD in word for word in command)
    assert told.path == "/below/api/headrace/journals/renew_lease"
    assert told.authorization == "Basic YWRhOmxvdmU6bGFjZQ=="
    assert msgspec.msgpack.decode(told.body, type=LeaseRenewal) == LeaseRenewal(JOURNAL, SECONDS)


def test_a_companion_goes_on_whatever_the_server_answers() -> None:
    with listening(None, 500, 0, 0, 401, 200) as (port, asked), companion(renewal_to(f"http://localhost:{port}", 1)):
        for _ in range(6):
            asked.get(timeout=60)


def test_a_companion_speaks_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    making = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*making.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with (
        listening(tls) as (port, asked),
        companion(renewal_to(f"https://localhost:{port}/api"), SSL_CERT_FILE=str(certificate)),
    ):
        assert asked.get(timeout=60).path == "/api/headrace/journals/renew_lease"
