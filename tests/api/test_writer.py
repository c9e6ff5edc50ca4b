"""The server's writer: writes that wait share a transaction, and none disturbs another."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from headrace.exceptions import ObjectNotFound, StoreUnavailable
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Dialect, Store, Tx
from headrace.server.writer import GROUP_LIMIT, GroupWriter

INSERT = "INSERT INTO flows (id, name, created_at, updated_at) VALUES (?, ?, 0, 0)"


class CountingStore:
    """A real store that tells how many transactions for writing were opened."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.writes = 0

    @property
    def store_id(self) -> str:
        return self._store.store_id

    @property
    def dialect(self) -> Dialect:
        return self._store.dialect

    def read(self) -> AbstractContextManager[Tx]:
        return self._store.read()

    def step(self) -> AbstractContextManager[Tx]:
        return self._store.step()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        self.writes += 1
        with self._store.write() as tx:
            yield tx

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CountingStore]:
    counting = CountingStore(open_store(f"sqlite:///{tmp_path}/headrace.db"))
    yield counting
    counting.close()


@pytest.fixture
def writer(store: CountingStore) -> Iterator[GroupWriter]:
    opened = GroupWriter(store)
    yield opened
    opened.close()


def inserting(name: str) -> Callable[[Store], str]:
    """An operation that adds a flow."""

    def operation(store: Store) -> str:
        with store.write() as tx:
            tx.execute(INSERT, (name.encode().ljust(16)[:16], name))
        return name

    return operation


def names(store: CountingStore) -> list[str]:
    with store.read() as tx:
        return [row[0] for row in tx.execute("SELECT name FROM flows ORDER BY name")]


async def together(writer: GroupWriter, *operations: Callable[[Store], object]) -> list[object]:
    """Runs operations so that all of them wait when the writer comes to them."""
    may_go_on = threading.Event()

    def holding(store: Store) -> None:
        may_go_on.wait(10)

    first = asyncio.ensure_future(writer.run(holding))
    others = [asyncio.ensure_future(writer.run(operation)) for operation in operations]
    await asyncio.sleep(0)
    may_go_on.set()
    await first
    return await asyncio.gather(*others, return_exceptions=True)


def test_writes_that_wait_share_one_transaction(store: CountingStore, writer: GroupWriter) -> None:
    wanted = [f"flow {number:02}" for number in range(20)]
    done = asyncio.run(together(writer, *map(inserting, wanted)))
    assert done == wanted
    assert names(store) == wanted
    assert store.writes <= 3


def test_a_group_has_a_bound(store: CountingStore, writer: GroupWriter) -> None:
    wanted = [f"flow {number:03}" for number in range(2 * GROUP_LIMIT)]
    assert asyncio.run(together(writer, *map(inserting, wanted))) == wanted
    assert store.writes >= 3


def test_an_operation_that_fails_before_it_writes_fails_alone(store: CountingStore, writer: GroupWriter) -> None:
    def missing(store: Store) -> None:
        raise ObjectNotFound(help_message="There is no such flow run.")

    before, failed, after = asyncio.run(together(writer, inserting("a"), missing, inserting("b")))
    assert (before, after) == ("a", "b")
    assert isinstance(failed, ObjectNotFound)
    assert names(store) == ["a", "b"]
    assert store.writes <= 3, "the group was not undone"


def test_what_a_failing_operation_wrote_is_undone_and_the_others_stay(
    store: CountingStore, writer: GroupWriter
) -> None:
    def half_done(store: Store) -> None:
        with store.write() as tx:
            tx.execute(INSERT, (b"h" * 16, "half done"))
            raise ValueError("something came up")

    before, failed, after = asyncio.run(together(writer, inserting("a"), half_done, inserting("b")))
    assert (before, after) == ("a", "b")
    assert isinstance(failed, ValueError)
    assert names(store) == ["a", "b"]


def test_an_operation_reads_what_those_before_it_in_its_group_wrote(store: CountingStore, writer: GroupWriter) -> None:
    def count(store: Store) -> int:
        with store.read() as tx:
            return tx.execute("SELECT count(*) FROM flows")[0][0]

    assert asyncio.run(together(writer, inserting("a"), count, inserting("b"), count)) == ["a", 1, "b", 2]


def test_an_operation_has_an_answer_only_once_it_is_committed(store: CountingStore, writer: GroupWriter) -> None:
    async def scenario() -> None:
        await writer.run(inserting("a"))
        assert names(store) == ["a"]

    asyncio.run(scenario())


def test_a_closed_writer_has_done_all_that_waited(store: CountingStore) -> None:
    async def scenario() -> None:
        writer = GroupWriter(store)
        waiting = [asyncio.ensure_future(writer.run(inserting(f"flow {number}"))) for number in range(5)]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        await asyncio.gather(*waiting)
        with pytest.raises(StoreUnavailable, match="stopping"):
            await writer.run(inserting("too late"))

    asyncio.run(scenario())
    assert len(names(store)) == 5


def test_a_caller_that_went_away_does_not_stop_the_writer(store: CountingStore, writer: GroupWriter) -> None:
    async def scenario() -> None:
        gone = asyncio.ensure_future(writer.run(inserting("a")))
        await asyncio.sleep(0)
        gone.cancel()
        assert await writer.run(inserting("b")) == "b"

    asyncio.run(scenario())
    assert names(store) == ["a", "b"]
