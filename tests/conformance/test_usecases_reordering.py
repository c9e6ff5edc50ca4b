"""Any reordering, any cut into batches and any repetition come to the same rows, on both databases."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.histories import histories, retellings, rows_of, tell
from tests.support.postgres import postgres_schema


@pytest.fixture(scope="module")
def stores() -> Iterator[tuple[Store, Store]]:
    """One of each kind: what they come to is compared as well."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        urls = f"sqlite:///{Path(folder, 'told.db')}", opened.enter_context(postgres_schema())
        pair = open_store(urls[0]), open_store(urls[1])
        for store in pair:
            opened.callback(store.close)
        yield pair


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_however_a_history_is_told_it_comes_to_the_same_rows(stores: tuple[Store, Store], data: st.DataObject) -> None:
    told, retold = stores
    history = data.draw(histories())
    tell(told, history)
    tell(retold, history, data.draw(retellings(history)))
    assert rows_of(retold, history) == rows_of(told, history)
