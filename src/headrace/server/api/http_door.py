"""The HTTP door: a route of the table as an ASGI application."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from headrace._wire.routes import API_VERSION_HEADER, MOUNT
from headrace.server.api.asgi import JSON, Receive, Scope, Send, send_answer
from headrace.server.api.dispatch import Bound, check_version
from headrace.server.api.errors import BodyTooLarge, RequestInvalid, defect, refusal_of
from headrace.server.store.transactions import Store

__all__ = ["MAX_BODY_BYTES", "METRICS_PATH", "HttpDoor", "Work"]

R = TypeVar("R")

METRICS_PATH = "/metrics"
"""Where Prometheus looks by itself: not below the API."""

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Larger requests are refused. A journal's batch is far smaller."""

_VERSION_HEADER = API_VERSION_HEADER.lower().encode()


class Work(Protocol):
    """Where handlers run: off the loop."""

    async def read(self, operation: Callable[[Store], R]) -> R:
        """Runs an operation that only reads."""
        ...

    async def write(self, operation: Callable[[Store], R]) -> R:
        """Runs an operation that writes; what it wrote is committed when this returns."""
        ...


class HttpDoor:
    """Answers one route."""

    def __init__(self, bound: Bound, work: Work) -> None:
        self._bound = bound
        self._run = work.write if bound.route.writes else work.read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, content, content_type = await self._answer(scope, receive)
        await send_answer(send, status, content, content_type)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, str]:
        bound = self._bound
        try:
            if bound.route.versioned:
                check_version(_header(scope, _VERSION_HEADER))
            query = scope["query_string"].decode("latin-1")
            _check_size(int(_header(scope, b"content-length") or 0))
            body = await _body(receive)
            if body and bound.request is not None:
                _check_kind(scope, bound.request.content_type)
            arguments = bound.arguments(scope["path_params"], query, body)
            if bound.route.sees_url:
                arguments = (*arguments, _api_url(scope))

            def operation(store: Store) -> tuple[int, bytes]:
                answer = bound.call(store, arguments)
                return answer.status, bound.encode(answer)

            return (*await self._run(operation), bound.content_type)
        except Exception as error:  # noqa: BLE001 - every error has its status in the one table
            answer = refusal_of(error) or defect(error)
            return answer.status, msgspec.json.encode(answer.body), JSON


def _header(scope: Scope, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return None


def _api_url(scope: Scope) -> str:
    """Where the caller found the API."""
    host, port = scope.get("server") or ("localhost", None)
    reached = _header(scope, b"host") or (f"{host}:{port}" if port else host)
    return f"{scope['scheme']}://{reached}{MOUNT}"


def _check_kind(scope: Scope, wanted: str) -> None:
    """Refuses a body of another kind: pages of other sites may send any but this one without asking.

    Early clients of Prefect say nothing of some bodies. A browser that says nothing says where the page is from.
    """
    given = _header(scope, b"content-type")
    if given is None and _header(scope, b"origin") is None:
        return
    kind = (given or "").partition(";")[0].strip().lower()
    if kind != wanted and not (wanted == JSON and kind.endswith("+json")):
        message = f"The content-type must be {wanted}"
        raise RequestInvalid(
            [{"type": "content_type", "loc": ["header", "content-type"], "msg": message, "input": given}]
        )


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise BodyTooLarge(f"A request has at most {MAX_BODY_BYTES} bytes.")


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestInvalid([{"type": "incomplete", "loc": ["body"], "msg": "The caller went away"}])
        part = message.get("body", b"")
        size += len(part)
        _check_size(size)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)
