"""A WebSocket that goes out: what fits a client's filter, page by page from the store, as it is committed.

A client that reads slowly holds one page here and nothing else: the rest is read when it has taken that. One that does
not even answer pings is hung up on by the server.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

import msgspec
from pydantic import BaseModel
from starlette.websockets import WebSocket, WebSocketDisconnect

from headrace._kernel import clock
from headrace.exceptions import StoreUnavailable
from headrace.server.api.asgi import Receive, Scope, Send
from headrace.server.api.http_door import Work
from headrace.server.api.sockets import (
    FAILED,
    OUTDATED,
    PROTOCOL_ERROR,
    Refused,
    admitted,
    filter_frame,
    welcome,
    while_connected,
)
from headrace.server.bus.bus import Bus, Listener, ListenerLost
from headrace.server.store.errors import RowRefused
from headrace.server.store.transactions import Store
from headrace.server.store.watching import Topic

__all__ = ["OutSocket", "Pages", "Stream"]

BREATH_SECONDS: Final = 0.03
"""Between two looks at the store for one client: what is committed meanwhile goes in one page."""


class Pages(Protocol):
    """What one client is sent, from a position of its own on."""

    @property
    def is_behind(self) -> bool:
        """Whether there was more than the last page."""
        ...

    def next(self, store: Store) -> list[str]:
        """The next frames; ListenerLost where what they are made of was not kept for so long."""
        ...


class Stream(msgspec.Struct, frozen=True):
    """A kind of stream: what it listens to, and how a client's pages are made."""

    topics: frozenset[Topic]
    schema: type[BaseModel]
    begin: Callable[[Store], Any]  # the position behind all that is stored
    pages: Callable[[Any, Any, dict[str, Any]], Pages]  # from that position, the filter, and the frame that it came in


class OutSocket:
    """An application of one WebSocket route."""

    def __init__(self, stream: Stream, work: Work, bus: Bus, auth_string: str | None) -> None:
        self._stream = stream
        self._work = work
        self._bus = bus
        self._auth_string = auth_string

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        try:
            await self._serve(socket)
        except WebSocketDisconnect:
            pass
        except Refused as refused:
            await _close(socket, refused)
        except ListenerLost:
            await _close(socket, Refused(OUTDATED, "The stream cannot go on from where it was: connect again"))
        except RowRefused as error:
            await _close(socket, Refused(PROTOCOL_ERROR, f"Invalid filter: {error}"))
        except StoreUnavailable as error:
            await _close(socket, Refused(FAILED, str(error)))

    async def _serve(self, socket: WebSocket) -> None:
        is_waiting = await admitted(socket, self._auth_string)
        async with self._bus.listen(self._stream.topics) as listener:
            # Before the client is told that it is in: what it causes from then on, it is sent.
            position = await self._work.read(self._stream.begin)
            if is_waiting:
                await welcome(socket)
            asked, frame = await filter_frame(socket, self._stream.schema)
            await while_connected(socket, self._send(socket, listener, self._stream.pages(position, asked, frame)))

    async def _send(self, socket: WebSocket, listener: Listener, pages: Pages) -> None:
        while True:
            for text in await self._work.read(pages.next):
                await socket.send_text(text)
            if not pages.is_behind:
                await clock.sleep_async(BREATH_SECONDS)
                await listener.news()


async def _close(socket: WebSocket, refused: Refused) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the client has gone meanwhile
        await socket.close(refused.code, refused.reason)
