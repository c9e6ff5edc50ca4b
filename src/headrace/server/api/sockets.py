"""The handshake of WebSockets, as clients speak it: the sub-protocol `prefect`, a frame that authenticates, a filter.

Source of the protocol: the peer's client and server, watched. Who does not name the sub-protocol is an old client; it
is let in without the first frame where there is no password.
"""

import asyncio
import hmac
from collections.abc import Coroutine
from typing import Any, Final, TypeVar, cast

import msgspec
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

__all__ = ["FAILED", "OUTDATED", "PROTOCOL_ERROR", "Refused", "admitted", "filter_frame", "welcome", "while_connected"]

S = TypeVar("S", bound=BaseModel)

PROTOCOL_ERROR: Final = 1002
POLICY_VIOLATION: Final = 1008
FAILED: Final = 1011
OUTDATED: Final = 1013
"""The stream cannot go on where it was: the client has to connect again."""

HANDSHAKE_SECONDS: Final = 30.0
"""So long may a client take for each frame of the handshake."""

_SUBPROTOCOL: Final = "prefect"
_LONGEST_REASON: Final = 120  # bytes: a closing frame has 125


class Refused(Exception):
    """The socket is closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


async def admitted(socket: WebSocket, auth_string: str | None) -> bool:
    """Accepts a socket whose client shows the password, where there is one; whether the client waits for `welcome`.

    Refused otherwise; before it is accepted, that becomes the status 403.
    """
    if _SUBPROTOCOL not in socket.scope.get("subprotocols", ()):
        if auth_string:
            raise Refused(PROTOCOL_ERROR, "'prefect' subprotocol required when auth is configured")
        await socket.accept()
        return False
    await socket.accept(subprotocol=_SUBPROTOCOL)
    token = (await _frame(socket, "auth", POLICY_VIOLATION)).get("token")
    if auth_string:
        if not token:
            raise Refused(POLICY_VIOLATION, "Auth required but no token provided")
        if not isinstance(token, str) or not hmac.compare_digest(token.encode(), auth_string.encode()):
            raise Refused(POLICY_VIOLATION, "Invalid token")
    return True


async def welcome(socket: WebSocket) -> None:
    """Tells an admitted client that it may go on."""
    await socket.send_text('{"type":"auth_success"}')


async def filter_frame(socket: WebSocket, schema: type[S]) -> tuple[S, dict[str, Any]]:
    """The filter that the client sends next, and the frame that it stands in."""
    frame = await _frame(socket, "filter", PROTOCOL_ERROR)
    try:
        return schema.model_validate(frame.get("filter")), frame
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "filter"
        raise Refused(PROTOCOL_ERROR, f"Invalid filter: {place}: {first['msg']}") from error


async def while_connected(socket: WebSocket, sending: Coroutine[Any, Any, None]) -> None:
    """Sends until that ends by itself, or the client goes away."""
    sender = asyncio.ensure_future(sending)
    departure = asyncio.ensure_future(_departure(socket))
    try:
        await asyncio.wait((sender, departure), return_when=asyncio.FIRST_COMPLETED)
        if sender.done():
            await sender
    finally:
        for task in (sender, departure):
            task.cancel()
        await asyncio.gather(sender, departure, return_exceptions=True)


async def _departure(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # what a client says behind its filter means nothing


async def _frame(socket: WebSocket, kind: str, code: int) -> dict[str, Any]:
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            message = await socket.receive()
    except TimeoutError as error:
        raise Refused(code, f"Expected '{kind}' message within {HANDSHAKE_SECONDS:.0f} s") from error
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"], message.get("reason"))
    try:
        frame = msgspec.json.decode(message.get("text") or message.get("bytes") or b"")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        frame = None
    if not isinstance(frame, dict) or cast("dict[str, Any]", frame).get("type") != kind:
        raise Refused(code, f"Expected '{kind}' message")
    return cast("dict[str, Any]", frame)
