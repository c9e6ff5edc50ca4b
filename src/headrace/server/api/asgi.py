"""What ASGI passes between applications, and an answer by its means alone."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["JSON", "Application", "Message", "Receive", "Scope", "Send", "send_answer"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = "application/json"


async def send_answer(send: Send, status: int, content: bytes, content_type: str = JSON) -> None:
    """Answers an HTTP request, whole."""
    headers = [(b"content-length", str(len(content)).encode())]
    if status != 204:
        headers.append((b"content-type", content_type.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
