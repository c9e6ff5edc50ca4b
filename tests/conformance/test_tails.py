"""Reading behind a position: every row that is committed, once, whatever is written at the same time."""

import psycopg
import pytest

from headrace.server.store.tails import Tail, advanced, at_end
from headrace.server.store.transactions import Store
from tests.conformance.conftest import Database
from tests.support import rows


def end(store: Store) -> Tail:
    with store.read() as tx:
        return at_end(tx, "logs")


def numbers(store: Store, tail: Tail) -> tuple[Tail, list[int]]:
    """The rows behind a position."""
    with store.read() as tx:
        tail, spans = advanced(tx, "logs", tail)
    return tail, [number for span in spans for number in range(span.first, span.last + 1)]


def test_what_is_committed_behind_a_position_is_read_once(store: Store) -> None:
    rows.apply(store, rows.line("before"))
    tail = end(store)
    assert numbers(store, tail)[1] == []
    rows.apply(store, rows.line("first"), rows.line("second"))
    tail, read = numbers(store, tail)
    assert len(read) == 2
    rows.apply(store, rows.line("third"))
    tail, read = numbers(store, tail)
    assert len(read) == 1
    assert numbers(store, tail)[1] == []


def test_behind_a_deletion_of_the_last_rows_nothing_is_read_again(store: Store) -> None:
    rows.apply(store, rows.line(), rows.line(), rows.line())
    tail = end(store)
    with store.write() as tx:
        tx.execute("DELETE FROM logs WHERE seq > 1")
    tail, read = numbers(store, tail)
    assert read == []
    rows.apply(store, rows.line("again"))
    assert len(numbers(store, tail)[1]) == 1


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_row_is_read_that_appears_below_others_which_were_read_before(database: Database) -> None:
    store = database.open()
    insert = b"INSERT INTO logs (at, level, logger, message) VALUES (1, 20, 'l', 'm')"
    with psycopg.connect(database.url) as slow, psycopg.connect(database.url, autocommit=True) as other:
        slow.execute(insert)  # takes the first number, and is not over
        begun_beside = end(store)
        other.execute(insert)
        other.execute(insert)
        tail, read = numbers(store, Tail())
        assert read == [2, 3]
        assert numbers(store, tail) == (tail, [])
        slow.commit()
        tail, read = numbers(store, tail)
        assert read == [1]
        assert numbers(store, tail)[1] == []
        assert numbers(store, begun_beside)[1] == [1, 2, 3]
        slow.execute(insert)
        slow.rollback()  # number 4 will never be there
        other.execute(insert)
        tail, read = numbers(store, tail)
        assert read == [5]
        tail, _ = numbers(store, tail)
        assert tail.gaps == ()
    store.close()
