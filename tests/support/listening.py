"""A client of the WebSockets that go out, which speaks the frames itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

__all__ = ["Ear", "ear"]

BOUND_SECONDS = 20


class Ear:
    """An open socket, behind its filter frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def hear(self, count: int) -> list[dict[str, Any]]:
        """The next frames."""
        return [json.loads(self.socket.recv(timeout=BOUND_SECONDS)) for _ in range(count)]


@contextmanager
def ear(
    api_url: str, path: str, asked: dict[str, Any] | None = None, token: str | None = None, **frame: Any
) -> Iterator[Ear]:
    """Listens to what fits a filter; `frame` is what else the filter's frame says."""
    url = api_url.replace("http", "ws", 1) + path
    with connect(url, subprotocols=[Subprotocol("prefect")], open_timeout=BOUND_SECONDS, close_timeout=1) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        assert json.loads(socket.recv(timeout=BOUND_SECONDS)) == {"type": "auth_success"}
        socket.send(json.dumps({"type": "filter", "filter": asked or {}, **frame}))
        yield Ear(socket)
