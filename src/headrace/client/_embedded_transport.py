"""The transport in process: without an API URL, the client calls the server's handlers on the home's own database."""

import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from headrace._kernel import late
from headrace.client._exchange import Reply, WireRequest
from headrace.exceptions import ConfigurationError

__all__ = ["AsyncEmbeddedTransport", "EmbeddedTransport"]


class _Api(Protocol):
    def answer(self, name: str, path: dict[str, str], query: str, body: bytes) -> tuple[int, Any]: ...

    def close(self) -> None: ...


class _OpenApi(Protocol):
    def __call__(self, database_url: str) -> _Api: ...


class EmbeddedTransport:
    """In process, blocking. The database is opened by the first request."""

    def __init__(self, database_url: str) -> None:
        if not database_url.startswith("sqlite:"):
            raise ConfigurationError(
                f"HEADRACE_DATABASE_URL is {database_url.partition('://')[0]}://..., which a client reaches through a "
                "server only. Start one with `headrace server start`, and set HEADRACE_API_URL to its address."
            )
        self.url = database_url
        self._api: _Api | None = None
        self._closing: Callable[[], object] | None = None
        self._opening = threading.Lock()

    def send(self, request: WireRequest) -> Reply:
        """The handler's reply."""
        return Reply(*self._opened().answer(request.route.name, request.path, request.query, request.body))

    def close(self) -> None:
        """Lets the database go."""
        with self._opening:
            closing, self._closing, self._api = self._closing, None, None
        if closing is not None:
            closing()

    def _opened(self) -> _Api:
        with self._opening:
            if self._api is None:
                open_api: _OpenApi = late.load("embedded_api")
                self._api = open_api(self.url)
                self._closing = weakref.finalize(self, self._api.close)  # also where nobody closes the client
            return self._api


class AsyncEmbeddedTransport:
    """In process, in a thread beside the running loop."""

    def __init__(self, database_url: str) -> None:
        self._blocking = EmbeddedTransport(database_url)
        self.url = database_url

    async def send(self, request: WireRequest) -> Reply:
        """The handler's reply."""
        import asyncio

        return await asyncio.to_thread(self._blocking.send, request)

    async def close(self) -> None:
        """Lets the database go."""
        self._blocking.close()
