"""The WebSocket on which clients report events: one to a frame, and no answer to any.

Frames of all sockets lie in one queue with a bound, and are stored in batches: as many as came while the batch before
was written. Where the queue is full, sockets are read no further, and their clients wait.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from headrace._kernel import clock
from headrace._wire.events import Event
from headrace.exceptions import StoreUnavailable
from headrace.server.api.events import sorted_events
from headrace.server.api.http_door import Work
from headrace.server.api.sockets import Refused, admitted, welcome
from headrace.server.store.errors import RowRefused
from headrace.server.store.transactions import Store
from headrace.server.usecases.record_events import record_events, record_told_states

__all__ = ["EventIntake", "EventsIn"]

BATCH_FRAMES: Final = 500
MOST_BYTES: Final = 32 * 1024 * 1024
"""So much waits to be stored at most, and one frame more for each socket."""

_RETRY_SECONDS: Final = 1.0

_logger = logging.getLogger("headrace.server")

Frame = str | bytes


class EventIntake:
    """Stores events as they come, in batches, in the order in which they came."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._waiting: deque[Frame] = deque()
        self._bytes = 0
        self._changed = asyncio.Condition()
        self._storing: asyncio.Task[None] | None = None
        self._is_closing = False

    async def put(self, frame: Frame) -> None:
        """Takes a frame, once there is room for it."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._bytes < MOST_BYTES)
            self._waiting.append(frame)
            self._bytes += len(frame)
            self._changed.notify_all()
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_all())

    async def close(self) -> None:
        """Stores what has come."""
        async with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._storing is not None:
            await self._storing

    async def _store_all(self) -> None:
        while frames := await self._next():
            while not await self._is_stored(frames):
                await clock.sleep_async(_RETRY_SECONDS)
            async with self._changed:
                self._bytes -= sum(map(len, frames))
                self._changed.notify_all()

    async def _next(self) -> list[Frame]:
        """What waits, or comes; nothing once all is stored and nothing more comes."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self._is_closing)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_FRAMES))]

    async def _is_stored(self, frames: Sequence[Frame]) -> bool:
        """Whether the frames need not be stored again."""
        try:
            events = await self._work.read(lambda store: _read(frames))
            await self._work.write(lambda store: _store(store, events))
        except StoreUnavailable as error:
            _logger.warning("Events that came cannot be stored now, and wait: %s", error)
            return self._is_closing
        except Exception:
            if len(frames) > 1:  # those beside it are not to suffer
                return all([await self._is_stored([frame]) for frame in frames])
            _logger.exception("An event could not be stored, by a defect of Headrace.")
        return True


def _read(frames: Sequence[Frame]) -> list[Event]:
    """The events in the frames; what is none is told in the log, and does no harm to others."""
    events: list[Event] = []
    for frame in frames:
        try:
            events.append(Event.model_validate_json(frame))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "frame"
            _logger.warning("A client sent an event that cannot be taken: %s: %s", place, first["msg"])
    return events


def _store(store: Store, events: Sequence[Event]) -> None:
    """Stores events together; one by one where the database refuses one of them."""
    now = clock.now()
    try:
        told, others = sorted_events(events, now, rejects_nul=store.dialect.rejects_nul)
        record_told_states(store, told, now=now)
        record_events(store, others)
    except RowRefused as refusal:
        if len(events) == 1:
            _logger.warning("The event %s cannot be stored: %s", events[0].id, refusal)
            return
        for event in events:
            _store(store, (event,))


class EventsIn:
    """The endpoint of the socket."""

    def __init__(self, intake: EventIntake, auth_string: str | None) -> None:
        self._intake = intake
        self._auth_string = auth_string

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        socket = WebSocket(scope, receive, send)
        try:
            if await admitted(socket, self._auth_string):
                with suppress(WebSocketDisconnect):  # who did not wait for that, and left, may have left events
                    await welcome(socket)
            while (message := await socket.receive())["type"] != "websocket.disconnect":
                await self._intake.put(message.get("text") or message.get("bytes") or "")
        except Refused as refused:
            await socket.close(refused.code, refused.reason)
        except WebSocketDisconnect:
            pass  # the client went away before it had said who it is
