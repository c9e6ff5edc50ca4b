"""The bus: one watch on the store for all who listen, open while somebody does.

What this server commits itself is told at once (`tell`). What other processes commit is noticed by the watch: on
SQLite by a look at the file's version ten times a second, on PostgreSQL by notifications on a connection of its own,
which is taken up again when it breaks.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol, TypeVar

from headrace._kernel import clock
from headrace._kernel.ids import new_id
from headrace.exceptions import StoreUnavailable
from headrace.server.store.transactions import Store
from headrace.server.store.watching import ALL_TOPICS, LEASE_SECONDS, Topic, Watch

__all__ = ["Bus", "Listener", "ListenerLost"]

R = TypeVar("R")

LOOK_SECONDS: Final = 0.1
"""How often a file is looked at, where nothing tells of what others commit to it."""

SAFETY_SECONDS: Final = 5.0
"""Who heard nothing for so long looks nevertheless."""

_RENEWAL_SECONDS: Final = LEASE_SECONDS / 3
_LONGEST_PAUSE_SECONDS: Final = 5.0

_logger = logging.getLogger("headrace.server")


class ListenerLost(Exception):
    """What was committed meanwhile may not have been kept for this listener: it has to begin anew."""


class Work(Protocol):
    """Where the store is used: off the loop."""

    async def read(self, operation: Callable[[Store], R]) -> R: ...


class Listener:
    """Somebody who wants to know of news of some topics."""

    def __init__(self, topics: frozenset[Topic]) -> None:
        self.topics = topics
        self.is_lost = False
        self._is_heard = asyncio.Event()  # what is committed from now on is noticed
        self._woken = asyncio.Event()

    async def news(self) -> None:
        """Returns when there may be something new since the last call; ListenerLost where that was not kept."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SAFETY_SECONDS):
                await self._woken.wait()
        self._woken.clear()
        if self.is_lost:
            raise ListenerLost

    def wake(self) -> None:
        """There may be news."""
        self._woken.set()

    def mark_heard(self) -> None:
        """The watch listens to the topics."""
        self._is_heard.set()

    async def heard(self) -> None:
        """Returns when what is committed from then on is noticed."""
        await self._is_heard.wait()


class Bus:
    """Tells listeners of one server, all in the thread of its loop, that there may be news in the store."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._id = new_id()
        self._listeners: set[Listener] = set()
        self._has_changed = False  # who listens
        self._held: frozenset[Topic] = frozenset()
        self._stirred = asyncio.Event()  # the watch has something to do
        self._watching: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(self, topics: frozenset[Topic]) -> AsyncGenerator[Listener]:
        """A listener; what is committed once the block has begun makes it hear of news."""
        listener = Listener(topics)
        self._listeners.add(listener)
        try:
            self._change()
            if self._watching is None or self._watching.done():
                self._watching = asyncio.create_task(self._watch(), name="headrace-bus")
            await listener.heard()
            yield listener
        finally:
            self._listeners.discard(listener)
            self._change()

    def tell(self) -> None:
        """This server has committed something."""
        self._wake(ALL_TOPICS)

    async def close(self) -> None:
        """Ends the watch; who still listens hears no more."""
        self._listeners.clear()
        self._change()
        if self._watching is not None:
            await self._watching

    def _change(self) -> None:
        self._has_changed = True
        self._stirred.set()

    def _wake(self, topics: frozenset[Topic]) -> None:
        for listener in self._listeners:
            if listener.topics & topics:
                listener.wake()

    async def _watch(self) -> None:
        """Watches the store until nobody listens any more."""
        pause = LOOK_SECONDS
        while self._listeners:
            try:
                watch = await self._work.read(lambda store: store.watch(self._id))
                try:
                    await self._follow(watch)
                finally:
                    await self._work.read(lambda _, watch=watch: watch.close())
            except Exception as error:
                if not isinstance(error, StoreUnavailable):
                    _logger.exception("The watch on the database failed, and begins anew.")
                _logger.warning("News of the database are not heard now; it is asked again in %.1f s: %s", pause, error)
                await clock.sleep_async(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                self._held = frozenset()

    async def _follow(self, watch: Watch) -> None:
        """Wakes who listens, until nobody does; StoreUnavailable where the watch broke."""
        loop = asyncio.get_running_loop()
        if watch.descriptor is not None:
            loop.add_reader(watch.descriptor, self._stirred.set)
        try:
            due = clock.monotonic()
            self._has_changed = True
            while self._listeners:
                if self._has_changed or clock.monotonic() >= due:
                    self._has_changed = False
                    await self._take_leases(watch)
                    due = clock.monotonic() + _RENEWAL_SECONDS
                await self._wait(due - clock.monotonic() if watch.descriptor is not None else LOOK_SECONDS)
                self._wake(watch.news())
        finally:
            if watch.descriptor is not None:
                loop.remove_reader(watch.descriptor)

    async def _take_leases(self, watch: Watch) -> None:
        listening = tuple(self._listeners)
        wanted: frozenset[Topic] = frozenset(topic for listener in listening for topic in listener.topics)
        held = await self._work.read(lambda _: watch.listen(wanted))
        lost, self._held = self._held - held, wanted
        for listener in listening:
            listener.is_lost = listener.is_lost or bool(listener.topics & lost)
            listener.mark_heard()
            listener.wake()

    async def _wait(self, seconds: float) -> None:
        """Returns when the watch has something to do, or when it is time to look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._stirred.wait()
        self._stirred.clear()
