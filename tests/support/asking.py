"""Asks routes by their names with plain JSON, and hears statuses and JSON: past the client, behind either door."""

from typing import Any, Protocol

import httpx
import msgspec

from headrace._wire.routes import BY_NAME
from headrace.client._transport import API_VERSION, API_VERSION_HEADER
from headrace.server.api.in_process import InProcessApi, bound_route

__all__ = ["Answered", "Ask", "HttpAsk", "InProcessAsk"]

Query = dict[str, Any]


class Answered(msgspec.Struct, frozen=True):
    """A status, and a body as JSON; None where there is none."""

    status: int
    body: Any


class Ask(Protocol):
    """Asks the route of this name; what else is given fills its path."""

    def __call__(self, route: str, /, body: Any = None, *, query: Query | None = None, **path: Any) -> Answered: ...


class HttpAsk:
    """Over HTTP, with a real socket."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60, headers={API_VERSION_HEADER: API_VERSION})

    def __call__(self, route: str, /, body: Any = None, *, query: Query | None = None, **path: Any) -> Answered:
        known = BY_NAME[route]
        reply = self._client.request(
            known.method,
            known.path.format(**path).lstrip("/"),
            params=query,
            content=None if body is None else _bytes(body),
            headers={} if body is None else {"content-type": "application/json"},
        )
        return Answered(reply.status_code, _read(reply.text))

    def close(self) -> None:
        self._client.close()


class InProcessAsk:
    """Without a server."""

    def __init__(self, api: InProcessApi) -> None:
        self._api = api

    def __call__(self, route: str, /, body: Any = None, *, query: Query | None = None, **path: Any) -> Answered:
        given = {key: str(value) for key, value in path.items()}
        text = str(httpx.QueryParams(query or {}))
        status, value = self._api.answer(route, given, text, b"" if body is None else _bytes(body))
        codec = bound_route(route).response
        if status >= 400 or codec is None or BY_NAME[route].media != "json":
            return Answered(status, value)
        return Answered(status, msgspec.json.decode(codec.encode(value)))


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


def _read(text: str) -> Any:
    """JSON where it is any, whatever the reply says of itself: the peer calls some of its own plain text."""
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return text
