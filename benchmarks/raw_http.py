"""A client that costs next to nothing: bytes over kept-alive connections, one request in flight on each."""

import selectors
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Exchange", "exchange", "request_bytes"]

ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    status: int  # 0: the server closed the connection instead of answering
    body: bytes
    seconds: float


def request_bytes(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body


def exchange(port: int, queues: Sequence[Iterable[bytes]]) -> tuple[list[Exchange], float]:
    """Sends each queue over a connection of its own, all side by side; the answers, and the seconds of all of it."""
    exchanges: list[Exchange] = []
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(port, iter(queue)) for queue in queues]
        started = time.perf_counter()
        for connection in connections:
            if connection.send_next():
                selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map():
            ready = selector.select(ANSWER_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer within {ANSWER_SECONDS} s")
            for key, _ in ready:
                connection: _Connection = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                exchanges.append(answer)
                selector.unregister(connection.socket)
                if answer.status == 0:
                    connection.open_anew()
                if connection.send_next():
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
        elapsed = time.perf_counter() - started
        for connection in connections:
            connection.socket.close()
    return exchanges, elapsed


class _Connection:
    """One connection: what it still has to send, and what it has read of the answer."""

    def __init__(self, port: int, queue: Iterable[bytes]) -> None:
        self._port = port
        self.socket = self._connected()
        self._queue = iter(queue)
        self._read = b""
        self._sent_at = 0.0

    def open_anew(self) -> None:
        """Goes on over another connection, as any client does whose server has closed one."""
        self.socket.close()
        self.socket = self._connected()
        self._read = b""

    def _connected(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self._port))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def send_next(self) -> bool:
        """Sends the next request; whether there was one."""
        request = next(self._queue, None)
        if request is None:
            return False
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> Exchange | None:
        """Reads what is there; the answer, once it is whole."""
        try:
            more = self.socket.recv(1 << 18)
        except ConnectionError:
            more = b""
        if not more:
            return Exchange(0, b"", time.perf_counter() - self._sent_at)
        self._read += more
        head, separator, body = self._read.partition(b"\r\n\r\n")
        if not separator:
            return None
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(fields[b"content-length"]):
            return None
        self._read = b""
        return Exchange(int(head.split(b" ", 2)[1]), body, time.perf_counter() - self._sent_at)
