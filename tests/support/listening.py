"""A client of the WebSockets that go out, which speaks the frames itself, and what it listens to."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from headrace._kernel import clock
from headrace._kernel.ids import new_id
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.server.usecases.ingest import ingest
from tests.support.databases import empty_database
from tests.support.journals import Teller, begun, concluded, created, task_moved
from tests.support.served import served

__all__ = ["Ear", "Stage", "ear", "socket_url", "staged"]

BOUND_SECONDS = 20


class Ear:
    """An open socket, behind its filter frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def hear(self, count: int) -> list[dict[str, Any]]:
        """The next frames."""
        return [json.loads(self.socket.recv(timeout=BOUND_SECONDS)) for _ in range(count)]


def socket_url(api_url: str, path: str) -> str:
    """The address of a WebSocket of this API."""
    return api_url.replace("http", "ws", 1) + path


@contextmanager
def ear(
    api_url: str, path: str, asked: dict[str, Any] | None = None, token: str | None = None, **frame: Any
) -> Iterator[Ear]:
    """Listens to what fits a filter; `frame` is what else the filter's frame says."""
    url = socket_url(api_url, path)
    with connect(url, subprotocols=[Subprotocol("prefect")], open_timeout=BOUND_SECONDS, close_timeout=1) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        assert json.loads(socket.recv(timeout=BOUND_SECONDS)) == {"type": "auth_success"}
        socket.send(json.dumps({"type": "filter", "filter": asked or {}, **frame}))
        yield Ear(socket)


class Stage:
    """A server with an empty store, and another process's hand on its database."""

    def __init__(self, url: str, store: Store, beside: Store) -> None:
        self.url = url
        self.store = store
        self.beside = beside
        self.teller = Teller()

    def run_once(self, **fields: Any) -> bytes:
        """A flow run with one task run, reported by a journal from first to last; its id."""
        run, task, at = new_id(), new_id(), clock.now()
        self.tell(begun(run, at, **fields), created(task, run, at + 2), task_moved(task, "RUNNING", at + 3, 1))
        self.tell(task_moved(task, "COMPLETED", at + 4, 2), concluded(run, at=at + 5))
        return run

    def tell(self, *records: Any) -> None:
        ingest(self.beside, self.teller.batch(*records), now=clock.now())


@contextmanager
def staged(kind: str, folder: Path) -> Iterator[Stage]:
    """A stage on this kind of database."""
    with (
        empty_database(kind, folder) as database_url,
        closing(open_store(database_url)) as store,
        closing(open_store(database_url)) as beside,
        served(store) as url,
    ):
        yield Stage(url, store, beside)
