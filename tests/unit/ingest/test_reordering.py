"""Any reordering of what was reported, any cut into batches and any repetition come to the same rows, on SQLite."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.histories import histories, retellings, rows_of, tell


@pytest.fixture(scope="module")
def stores() -> Iterator[tuple[Store, Store]]:
    with tempfile.TemporaryDirectory() as folder:
        told, retold = (open_store(f"sqlite:///{Path(folder, name)}") for name in ("told.db", "retold.db"))
        yield told, retold
        told.close()
        retold.close()


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_however_a_history_is_told_it_comes_to_the_same_rows(stores: tuple[Store, Store], data: st.DataObject) -> None:
    told, retold = stores
    history = data.draw(histories())
    tell(told, history)
    tell(retold, history, data.draw(retellings(history)))
    assert rows_of(retold, history) == rows_of(told, history)
