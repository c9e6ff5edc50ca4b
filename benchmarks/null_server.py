"""A server that does nothing: what HTTP itself costs a row that goes over it."""

from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["app"]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY = b'{"status":"ACCEPT"}'


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Reads a request and answers 201."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    # Health has to be 200; everything else makes something.
    status = 200 if scope["method"] == "GET" else 201
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})
