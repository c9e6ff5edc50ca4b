"""A server of our own within the test's process: real sockets, real HTTP, the application on a given store."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from headrace.server.api.access import Access
from headrace.server.api.request_heads import BoundedHeads
from headrace.server.app import create_app
from headrace.server.store.transactions import Store

__all__ = ["served"]


@contextmanager
def served(
    store: Store,
    port: int = 0,
    auth_string: str | None = None,
    access: Access | None = None,
    *,
    has_metrics: bool = True,
) -> Iterator[str]:
    """The URL of an API on `store`, for as long as the block lasts; port 0 is a free one."""
    # The protocol by name: asyncio sends small answers at once only on sockets that say that they are of TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    config = uvicorn.Config(
        create_app(store, access or Access(auth_string=auth_string), has_metrics=has_metrics),
        http=BoundedHeads,
        lifespan="on",
        ws="websockets-sansio",
        log_config=None,
        log_level="warning",
    )
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    server = Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="tests-server")
    thread.start()
    try:
        assert started.wait(20), "the server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
