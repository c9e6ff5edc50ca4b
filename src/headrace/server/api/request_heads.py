"""A bound on the heads of requests: the request line and the headers, which are held before anybody looks at them.

The parser of HTTP in use (llhttp, by httptools) has none of its own.
"""

from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["MAX_HEAD_BYTES", "BoundedHeads"]

MAX_HEAD_BYTES: Final = 64 * 1024
"""Requests with larger heads are refused."""

_REASONS: Final = {400: "Bad Request", 431: "Request Header Fields Too Large"}


class _HeadTooLarge(Exception):
    """Ends the parsing of a request."""


class BoundedHeads(HttpToolsProtocol):
    """One connection. What cannot be answered as a request is refused in JSON, and the connection closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = False
        self._is_too_large = False
        self._received = 0  # bytes that came since the head at hand began, but for those that came with its beginning

    def data_received(self, data: bytes) -> None:
        was_in_head = self._is_in_head
        super().data_received(data)
        if was_in_head and self._is_in_head and not self.transport.is_closing():
            self._received += len(data)
            if self._received > MAX_HEAD_BYTES:
                self._is_too_large = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._received = 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            self._is_too_large = True
            raise _HeadTooLarge  # the parser stops, and `send_400_response` is called
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over. What the other side takes for no request, it would leave without an answer."""
        super().handle_websocket_upgrade()
        heir = self.transport.get_protocol()
        if isinstance(heir, WebSocketsSansIOProtocol) and heir.conn.handshake_exc and not self.transport.is_closing():
            reason = heir.conn.handshake_exc.__cause__ or heir.conn.handshake_exc
            self.transport.write(_refusal(400, f"This cannot become a WebSocket: {reason}."))
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Says why what came is no request that is answered, unless an answer is under way, and closes."""
        status, detail = 400, msg
        if self._is_too_large:
            status, detail = 431, f"The request line and the headers have at most {MAX_HEAD_BYTES} bytes."
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        if cycle is None or not cycle.response_started or cycle.response_complete:
            self.transport.write(_refusal(status, detail))
        self.transport.close()


def _refusal(status: int, detail: str) -> bytes:
    body = msgspec.json.encode({"detail": detail})
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
