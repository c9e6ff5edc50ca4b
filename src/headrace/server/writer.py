"""Where the server's handlers run: reads on a bounded pool of threads, writes in groups on one writer's thread.

SQLite has one writer anyway, and a commit costs it four times what a statement does: so the operations that wait are
run in one transaction. Operations are plain functions of a store; in a group they are given a store whose
transactions are all the group's. PostgreSQL has many writers: there each operation is its own transaction.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar

from headrace._kernel import clock
from headrace.exceptions import StoreUnavailable
from headrace.server.metrics import Histogram
from headrace.server.store.transactions import Dialect, Store, Tx
from headrace.server.store.watching import Watch

__all__ = ["GROUP_LIMIT", "GroupWriter", "ServerWork"]

R = TypeVar("R")

GROUP_LIMIT = 64
"""At most so many operations share a transaction: the first to come waits for the last."""

READERS = 8
WRITERS_OF_A_SHARED_STORE = 16

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Operation(Generic[R]):
    """A write that waits for its turn, and what it came to."""

    __slots__ = ("answer", "error", "run", "value")

    def __init__(self, run: Callable[[Store], R], answer: Callable[["_Operation[R]"], None]) -> None:
        self.run = run
        self.answer = answer
        self.value: R | None = None
        self.error: BaseException | None = None


class _GroupStore:
    """The store as an operation of a group sees it: every transaction it opens is the group's."""

    def __init__(self, store: Store, tx: Tx) -> None:
        self._store = store
        self._tx = tx
        self.has_written = False

    @property
    def store_id(self) -> str:
        return self._store.store_id

    @property
    def dialect(self) -> Dialect:
        return self._store.dialect

    @contextmanager
    def read(self) -> Generator[Tx]:
        yield self._tx

    @contextmanager
    def step(self) -> Generator[Tx]:
        yield self._tx  # a step that raises wrote nothing
        self.has_written = True

    @contextmanager
    def write(self) -> Generator[Tx]:
        self.has_written = True
        yield self._tx

    def watch(self, listener_id: bytes) -> Watch:
        return self._store.watch(listener_id)

    def close(self) -> None:
        """The store is the server's: an operation does not close it."""


class _Rollback(Exception):
    """An operation of the group failed after it had written."""


class GroupWriter:
    """One thread that runs the writes of a server, as many in one transaction as wait at the moment.

    An operation that fails before it wrote fails alone. One that fails later undoes the group, whose operations are
    then run again one by one, each in a transaction of its own.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[_Operation[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="headrace-writer", daemon=True)
        self._is_closed = False
        self._thread.start()

    async def run(self, operation: Callable[[Store], R]) -> R:
        """Runs a write, and returns when it is committed."""
        if self._is_closed:
            raise StoreUnavailable("The server is stopping.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()

        def answer(done: _Operation[R]) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_deliver, future, done)

        self._waiting.put(_Operation(operation, answer))
        return await future

    def close(self) -> None:
        """Runs what waits, and ends the thread."""
        self._is_closed = True
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (operation := self._waiting.get()) is not None:
            group = [operation]
            while len(group) < GROUP_LIMIT and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    self._waiting.put(None)  # the end is behind everything that waits
                    break
                group.append(following)
            self._run_group(group)

    def _run_group(self, group: list[_Operation[Any]]) -> None:
        if not self._run_together(group):
            for operation in group:
                self._run_together([operation])
        for operation in group:
            operation.answer(operation)

    def _run_together(self, group: list[_Operation[Any]]) -> bool:
        """Runs operations in one transaction; whether each has what it came to."""
        try:
            with self._store.write() as tx:
                for operation in group:
                    joined = _GroupStore(self._store, tx)
                    operation.value, operation.error = None, None
                    try:
                        operation.value = operation.run(joined)
                    except Exception as error:
                        operation.error = error
                        if joined.has_written:
                            raise _Rollback from error
        except _Rollback:
            return len(group) == 1
        except Exception as error:  # noqa: BLE001 - the commit failed: each must hear of it
            if len(group) > 1:
                return False
            group[0].error = error
        return True


def _deliver(future: "asyncio.Future[Any]", done: _Operation[Any]) -> None:
    if future.cancelled():
        return
    if done.error is not None:
        future.set_exception(done.error)
    else:
        future.set_result(done.value)


class ServerWork:
    """Runs the handlers of a server on its store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        is_shared = store.dialect.is_shared
        self._pool = ThreadPoolExecutor(WRITERS_OF_A_SHARED_STORE if is_shared else READERS, "headrace-handler")
        self._writer = None if is_shared else GroupWriter(store)
        self.reads = Histogram(_SECONDS)  # how long they took, their turn included
        self.writes = Histogram(_SECONDS)
        self.committed: Callable[[], None] = lambda: None  # called in the loop when a write is done

    async def read(self, operation: Callable[[Store], R]) -> R:
        """Runs an operation that only reads."""
        begun_at = clock.monotonic()
        try:
            return await self._in_pool(operation)
        finally:
            self.reads.observe(clock.monotonic() - begun_at)

    async def write(self, operation: Callable[[Store], R]) -> R:
        """Runs an operation that writes; what it wrote is committed when this returns."""
        begun_at = clock.monotonic()
        try:
            value = await (self._in_pool(operation) if self._writer is None else self._writer.run(operation))
        finally:
            self.writes.observe(clock.monotonic() - begun_at)
        self.committed()
        return value

    def close(self) -> None:
        """Lets what is under way end, and takes nothing more."""
        if self._writer is not None:
            self._writer.close()
        self._pool.shutdown()

    async def _in_pool(self, operation: Callable[[Store], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, operation, self._store)
