"""Transports: how a client's request reaches the control plane and comes back. These speak HTTP.

A transport knows statuses and bytes, sends again what may be (`_retries.py`), and turns what goes wrong on the way into
StoreUnavailable. What an error status means to the caller is said by `Exchange.result`, for every transport alike.
"""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec

from headrace._kernel import drive, late
from headrace._kernel.steps import Steps, attempt, pause
from headrace._wire.codec import response_codec
from headrace._wire.routes import API_VERSION, API_VERSION_HEADER
from headrace.client._authorization import authorization
from headrace.client._exchange import Reply, WireRequest
from headrace.client._retries import Retries
from headrace.client._retry_after import retry_after_seconds
from headrace.client._unreachable import unreachable
from headrace.exceptions import StoreUnavailable

if TYPE_CHECKING:  # 76 ms to import, and of no use to a client in process
    import httpx

__all__ = ["ApiAddress", "AsyncHttpTransport", "AsyncTransport", "HttpTransport", "SyncTransport"]

REQUEST_TIMEOUT_SECONDS = 60.0


class SyncTransport(Protocol):
    """Carries requests, blocking."""

    url: str

    def send(self, request: WireRequest) -> Reply: ...

    def close(self) -> None: ...


class AsyncTransport(Protocol):
    """Carries requests on the running loop."""

    url: str

    async def send(self, request: WireRequest) -> Reply: ...

    async def close(self) -> None: ...


class ApiAddress(msgspec.Struct, frozen=True):
    """Where an API is, and what a caller shows there."""

    url: str
    auth_string: str | None = None  # "user:password"
    api_key: str | None = None
    api_version: str | None = None
    httpx_settings: dict[str, Any] | None = None  # further arguments of the httpx client
    retries: Retries = Retries()

    def client_arguments(self) -> dict[str, Any]:
        """The arguments of the httpx client; what `httpx_settings` says wins."""
        headers = {API_VERSION_HEADER: self.api_version or API_VERSION}
        if (shown := authorization(self.auth_string, self.api_key)) is not None:
            headers["Authorization"] = shown
        given = dict(self.httpx_settings or {})
        headers.update(given.pop("headers", None) or {})
        defaults: dict[str, Any] = {
            "base_url": self.url.rstrip("/") + "/",
            "timeout": REQUEST_TIMEOUT_SECONDS,
            # A URL with a password in it is shown that by httpx itself, in place of this.
            "auth": None if "@" in self.url else late.load("csrf_tokens")(self.url.rstrip("/") + "/csrf-token"),
            # Setting up TLS takes 23 ms, which plain HTTP can do without.
            "verify": not self.url.startswith("http:"),
        }
        return {**defaults, **given, "headers": headers}


class HttpTransport:
    """Over HTTP, blocking."""

    def __init__(self, address: ApiAddress) -> None:
        import httpx

        self.url = address.url
        self._retries = address.retries
        self._client = httpx.Client(**address.client_arguments())

    def send(self, request: WireRequest) -> Reply:
        """The server's reply; StoreUnavailable where nobody answers."""
        return drive.run(_answered(self._client.request, request, self.url, self._retries))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


class AsyncHttpTransport:
    """Over HTTP, on the running loop."""

    def __init__(self, address: ApiAddress) -> None:
        import httpx

        self.url = address.url
        self._retries = address.retries
        self._client = httpx.AsyncClient(**address.client_arguments())

    async def send(self, request: WireRequest) -> Reply:
        """The server's reply; StoreUnavailable where nobody answers."""
        return await drive.run_async(_answered(self._client.request, request, self.url, self._retries))

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


def _answered(send: Callable[..., Any], wanted: WireRequest, url: str, retries: Retries) -> Steps[Reply]:
    """Sends a request, again where that is called for; `send` is that of the httpx client."""
    import httpx

    parts = _parts(wanted)
    for done in itertools.count():
        outcome = yield from attempt(send, (), parts)
        response, error = outcome
        if error is None:
            retry_after = retry_after_seconds(response.headers.get("retry-after"))
            seconds = retries.after_status(wanted.route, done, response.status_code, retry_after)
            if seconds is None:
                return _reply(wanted, response)
        elif not isinstance(error, httpx.TransportError):
            raise error
        else:
            seconds = None
            if not isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
                is_unsent = isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout)
                seconds = retries.after_break(wanted.route, done, was_sent=not is_unsent)
            if seconds is None:
                raise StoreUnavailable(unreachable(url, error)) from error
        yield from pause(seconds)
    raise AssertionError("a request is sent again until it is not")


def _parts(request: WireRequest) -> dict[str, Any]:
    path = request.route.path.format(**{name: quote(value, safe="") for name, value in request.path.items()})
    # A leading slash would drop the path of the base URL.
    url = path.lstrip("/") + (f"?{request.query}" if request.query else "")
    headers = {"content-type": f"application/{request.route.media}"} if request.body else {}
    return {"method": request.route.method, "url": url, "content": request.body, "headers": headers}


def _reply(request: WireRequest, response: "httpx.Response") -> Reply:
    codec = response_codec(request.route)
    if response.is_success:
        return Reply(response.status_code, codec.decode(response.content) if codec is not None else None)
    try:
        return Reply(response.status_code, msgspec.json.decode(response.content))
    except (msgspec.DecodeError, UnicodeDecodeError):  # somebody else answered: a proxy, another server
        return Reply(response.status_code, response.text)
