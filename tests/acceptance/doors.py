"""The two doors: the runs of a test report to the control plane in their own process, or to a server.

The bodies are the same; ACCEPTANCE_OVER=http chooses the server (`make acceptance-over-http`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headrace.server.store.opening import open_store
from tests.support.served import served

__all__ = ["embedded_alone", "reported_to_a_server"]

OVER_HTTP = os.environ.get("ACCEPTANCE_OVER") == "http"

embedded_alone = pytest.mark.skipif(OVER_HTTP, reason="it is about runs that are stored in a home")


@contextmanager
def reported_to_a_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where that door was chosen, a server on the home's own database, for as long as the block lasts."""
    if not OVER_HTTP:
        yield
        return
    store = open_store(f"sqlite:///{home}/headrace.db")
    try:
        with served(store) as url:
            monkeypatch.setenv("HEADRACE_API_URL", url)
            yield
    finally:
        store.close()
