"""A server in the foreground: what it needs is opened, it listens until it is told to end, and all is closed again."""

import errno
import gc
import http.client
import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from uvicorn.importer import import_from_string

from headrace._wire.routes import MOUNT
from headrace.exceptions import ConfigurationError, HeadraceException
from headrace.server.api.access import Access
from headrace.server.api.origins import Origins, is_loopback
from headrace.server.app import create_app
from headrace.server.embedded import EmbeddedSink
from headrace.server.services.lease_expiry import lease_expiry
from headrace.server.services.orphan_recovery import orphan_recovery
from headrace.server.services.pruning import pruning
from headrace.server.store.opening import open_store
from headrace.settings._values import ServerAPISettings

__all__ = ["CannotListen", "serve"]

_BOUNDED_HEADS: Final = "headrace.server.api.request_heads:BoundedHeads"

GRACE_SECONDS = 5
"""How long requests that are under way may take once the server was told to end."""


class CannotListen(HeadraceException):
    """The server cannot have the address that it is to listen on."""


def serve(
    host: str,
    port: int,
    database_url: str,
    home: Path,
    *,
    auth_string: str | None = None,
    api: ServerAPISettings | None = None,
    allow_remote: bool = False,
    keep_alive_seconds: int = 75,
    log_level: str = "WARNING",
    has_services: bool = True,
    has_metrics: bool = True,
    log_days: int = 0,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM; port 0 takes a free one, and `on_ready` is told the URL.

    Journals that dead processes left in `home` are recovered meanwhile, processes that are not heard of any more
    presumed dead, and log lines deleted that are older than `log_days` (0: none are), unless it `has_services` not.
    With `auth_string` ("user:password"), who calls the API has to show that; `api` says what pages have to.
    Raises ConfigurationError where the host is open to other machines and neither `auth_string` nor `allow_remote` was
    given, or where the database's URL cannot be used; CannotListen where the address is taken; StoreUnavailable where
    the database is.
    """
    if auth_string is None and not allow_remote and not is_loopback(host):
        raise ConfigurationError(
            f"The host {host!r} would let every machine that reaches it run and delete flows. Set "
            "HEADRACE_SERVER_API_AUTH_STRING to user:password, which callers then show by HEADRACE_API_AUTH_STRING; or "
            "listen on 127.0.0.1; or say that it is meant with --allow-remote."
        )
    store = open_store(database_url)
    try:
        with _listening(host, port) as listener, _ended_by_signals():
            url = f"http://{_shown(host)}:{listener.getsockname()[1]}"
            recovery = orphan_recovery(home, EmbeddedSink(store, database_url))
            services = (recovery, lease_expiry(store), pruning(store, log_days)) if has_services else ()
            _log_from(log_level)
            access = _access(host, auth_string, api or ServerAPISettings())
            application = create_app(store, access, has_metrics=has_metrics)
            config = _config(application, keep_alive_seconds, log_level)
            server = _Server(config, url, on_ready)
            # What the start made lives as long as the server: the garbage collector need not look at it again.
            gc.freeze()
            for service in services:
                service.start()
            try:
                server.run(sockets=[listener])
            finally:
                for service in services:
                    service.stop()
    finally:
        store.close()


def _access(host: str, auth_string: str | None, api: ServerAPISettings) -> Access:
    # Who has to show a password, or is let in from anywhere, may call the server by any name.
    names = (host, *api.allowed_hosts) if auth_string is None and is_loopback(host) else None
    methods, headers = tuple(api.cors_allowed_methods), tuple(api.cors_allowed_headers)
    return Access(
        auth_string=auth_string,
        origins=Origins(allowed=tuple(api.cors_allowed_origins), methods=methods, headers=headers, hosts=names),
        csrf_seconds=api.csrf_token_expiration if api.csrf_protection_enabled else None,
    )


def _log_from(level: str) -> None:
    """Lines of the server from this level on go to standard error; below WARNING somebody has to say so."""
    for name in ("uvicorn", "headrace.server"):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        if not logger.isEnabledFor(logging.WARNING - 1) or logger.hasHandlers():
            continue
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)


def _config(application: Starlette, keep_alive_seconds: int, log_level: str) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        # Where there is no httptools, there is h11, which knows a bound of its own.
        http=import_from_string(_BOUNDED_HEADS) if find_spec("httptools") else "h11",
        lifespan="on",
        loop="asyncio",
        ws="websockets-sansio",
        log_level=log_level.lower(),
        log_config=None,
        access_log=logging.getLevelNamesMapping()[log_level] <= logging.INFO,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=keep_alive_seconds,
    )


class _Ended(BaseException):
    """The process was told to end."""


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """Within, SIGINT and SIGTERM end the block, and nothing else.

    Uvicorn takes the signals while it serves, and raises them again behind that: SIGTERM would then end the process
    before the store is closed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise _Ended

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with suppress(_Ended):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """Uvicorn's server, which says when it listens."""

    def __init__(self, config: uvicorn.Config, url: str, on_ready: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._url = url
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            self._on_ready(self._url)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio sends small answers at once only on sockets that say that they are of TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as exc:
        listener.close()
        who = _who_listens(host, port) if exc.errno == errno.EADDRINUSE else ""
        raise CannotListen(
            f"The server cannot listen on {_shown(host)}:{port} ({exc.strerror or exc}).{who} Choose another address "
            "with --host and --port, or with HEADRACE_SERVER_API_HOST and HEADRACE_SERVER_API_PORT."
        ) from exc
    return listener


def _who_listens(host: str, port: int) -> str:
    """A sentence about what has an address, as far as it says who it is."""
    try:
        about = msgspec.json.decode(_got(host, port, "/"), type=dict[str, Any])
        if about.get("name") != "Headrace":
            return " Another program is there."
        settings = msgspec.json.decode(_got(host, port, f"{MOUNT}/admin/settings"), type=dict[str, Any])
        return f" The Headrace server of the home {settings['home']} is there already."
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return " Another program is there."
    except KeyError:
        return " Another Headrace server is there, which wants to know who asks."


def _got(host: str, port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().read(100_000)
    finally:
        connection.close()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
