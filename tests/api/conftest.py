"""The control plane behind each door: in process on SQLite, over HTTP on SQLite, over HTTP on PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import Struct

from headrace._stream import Sink
from headrace.client._http_sink import HttpSink
from headrace.client.orchestration import SyncHeadraceClient
from headrace.server.api.in_process import InProcessApi
from headrace.server.embedded import EmbeddedSink
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support.asking import Ask, HttpAsk, InProcessAsk
from tests.support.databases import DATABASES, empty_store
from tests.support.listening import Stage, staged
from tests.support.postgres import postgres_schema
from tests.support.served import served


class ControlPlane(Struct, frozen=True):
    """A control plane with nothing in it, and both ways to it: the client's and the journals'."""

    client: SyncHeadraceClient
    sink: Sink
    url: str | None  # of the API, where there is one
    ask: Ask  # any route, with plain JSON


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file."""
    store = open_store(f"sqlite:///{tmp_path}/headrace.db")
    yield store
    store.close()


@pytest.fixture
def api_url(sqlite_store: Store) -> Iterator[str]:
    """The API of a server on SQLite."""
    with served(sqlite_store) as url:
        yield url


@pytest.fixture(scope="module", params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on either kind of database, empty at the first of a file's tests."""
    with empty_store(request.param, tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture(scope="module")
def api(store: Store) -> Iterator[str]:
    """The API of a server on it."""
    with served(store) as url:
        yield url


@pytest.fixture(params=DATABASES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """What listeners listen to, on either kind of database."""
    with staged(request.param, tmp_path) as stage:
        yield stage


@pytest.fixture(params=["in process", "http on sqlite", "http on postgres"])
def control_plane(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ControlPlane]:
    with ExitStack() as stack:
        if request.param == "http on postgres":
            database_url = stack.enter_context(postgres_schema())
        else:
            database_url = f"sqlite:///{tmp_path}/headrace.db"
        store = open_store(database_url)
        stack.callback(store.close)
        if request.param == "in process":
            monkeypatch.setenv("HEADRACE_DATABASE_URL", database_url)
            client = stack.enter_context(SyncHeadraceClient())
            yield ControlPlane(client, EmbeddedSink(store, database_url), None, InProcessAsk(InProcessApi(store)))
        else:
            url = stack.enter_context(served(store))
            sink = HttpSink(url)
            stack.callback(sink.close)
            ask = HttpAsk(url)
            stack.callback(ask.close)
            yield ControlPlane(stack.enter_context(SyncHeadraceClient(url)), sink, url, ask)


@pytest.fixture
def client(control_plane: ControlPlane) -> SyncHeadraceClient:
    """The control plane's client."""
    return control_plane.client


@pytest.fixture
def ask(control_plane: ControlPlane) -> Ask:
    """The control plane, asked with plain JSON."""
    return control_plane.ask
