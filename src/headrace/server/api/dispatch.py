"""From a request to its handler and back: what both doors, HTTP and in process, do with a route.

A door brings the parts of a request (values of the path, the query, the body's bytes) and takes an answer: a status
and a value of the route's response schema. Parsing, and with it what is refused, is the same for both.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any, Generic, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from pydantic import BaseModel, ValidationError
from pydantic_core import to_jsonable_python

from headrace._wire.codec import Codec, query_schema, request_codec, response_codec
from headrace._wire.routes import OLDEST_API_VERSION, ROUTES, Route
from headrace.server.api.errors import ProtocolTooOld, RequestInvalid
from headrace.server.store.errors import RowRefused
from headrace.server.store.transactions import Store
from headrace.server.usecases.nul import place_of_nul

__all__ = ["Answer", "Bound", "Made", "bind_all", "check_version"]

T = TypeVar("T")

# Of a body that is no JSON, a caller is shown no more.
_SHOWN_BYTES = 10_000


class Made(Generic[T]):
    """What a handler returns where the call made the object: the route's second status says so."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


class Answer(msgspec.Struct, frozen=True):
    """What a handler came to."""

    status: int
    value: Any


class Bound:
    """A route with its handler, ready to be called; its codecs are built when it first is."""

    def __init__(self, route: Route) -> None:
        module, _, name = route.handler.partition(":")
        self.route = route
        self.handler: Callable[..., Any] = getattr(import_module(module), name)

    @cached_property
    def request(self) -> Codec[Any] | None:
        """How the body is read."""
        return request_codec(self.route)

    @cached_property
    def response(self) -> Codec[Any] | None:
        """How the answer is written."""
        return response_codec(self.route)

    def arguments(self, path: Mapping[str, Any], query: str, body: bytes) -> tuple[Any, ...]:
        """The handler's arguments behind the store; RequestInvalid where they do not fit."""
        given = tuple(path.values())
        schema = query_schema(self.route)
        if schema is not None:
            return (*given, _read_query(schema, query))
        if self.request is not None:
            return (*given, self._body(body))
        return given

    def call(self, store: Store, arguments: tuple[Any, ...]) -> Answer:
        """Calls the handler."""
        try:
            value = self.handler(store, *arguments)
        except RowRefused as refusal:
            problems = list(self._texts_with_nul(arguments))
            if not problems:
                raise
            raise RequestInvalid(problems) from refusal
        statuses = self.route.statuses
        if isinstance(value, Made):
            return Answer(statuses[-1], cast("Made[Any]", value).value)
        return Answer(statuses[0], value)

    def encode(self, answer: Answer) -> bytes:
        """The answer's bytes."""
        if self.response is None:
            return b"" if answer.status == 204 else b"null"
        return self.response.encode(answer.value)

    @property
    def content_type(self) -> str:
        """Of the answer's bytes."""
        return "application/json" if self.response is None else self.response.content_type

    def _body(self, body: bytes) -> Any:
        assert self.request is not None
        if not body:
            if not self.route.is_request_optional:
                raise RequestInvalid([{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}])
            body = b"{}"
        elif self.route.is_request_optional and body.strip() == b"null":
            body = b"{}"
        try:
            return self.request.decode(body)
        except ValidationError as exc:
            raise RequestInvalid(_problems(exc, "body"), _readable(body)) from exc
        except msgspec.DecodeError as exc:
            raise RequestInvalid([{"type": "msgpack_invalid", "loc": ["body"], "msg": str(exc)}]) from exc

    def _texts_with_nul(self, arguments: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
        """Where the request has a NUL, which the database that refused it never stores."""
        names = re.findall(r"{(\w+)}", self.route.path)
        places = [*(["path", name] for name in names), ["body" if self.route.query is None else "query"]]
        for place, argument in zip(places, arguments, strict=False):  # behind them, it may be told the URL
            inner = place_of_nul(to_jsonable_python(argument, by_alias=True, fallback=str))
            if inner is not None:
                message = "This database stores no text with a NUL character"
                yield {"type": "nul", "loc": [*place, *inner], "msg": message}


def _read_query(schema: type[BaseModel], query: str) -> BaseModel:
    try:
        return schema.model_validate(dict(parse_qsl(query)))
    except ValidationError as exc:
        raise RequestInvalid(_problems(exc, "query")) from exc


def _problems(error: ValidationError, where: str) -> list[Any]:
    """Pydantic's findings as the wire has them: with the part of the request, and with JSON values alone."""
    problems: list[Any] = []
    for found in error.errors(include_url=False):
        problem: dict[str, Any] = {**found, "loc": [where, *found["loc"]]}
        if found["type"] == "json_invalid":
            problem["input"] = {}
        problems.append(problem)
    return msgspec.json.decode(msgspec.json.encode(problems, enc_hook=str))


def _readable(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body[:_SHOWN_BYTES].decode(errors="replace")


def check_version(given: str | None) -> None:
    """Lets callers pass that speak a version of the protocol that is answered, or name none."""
    if given is None:
        return
    try:
        major, minor, patch = (int(part) for part in given.split("."))
    except ValueError:
        raise ProtocolTooOld(
            f"Invalid X-PREFECT-API-VERSION header format. Expected header in format 'x.y.z' but received {given}"
        ) from None
    if (major, minor, patch) < _OLDEST:
        raise ProtocolTooOld(
            f"The request specified API version {given} but this server requires version {OLDEST_API_VERSION} or "
            "higher."
        )


_OLDEST = tuple(int(part) for part in OLDEST_API_VERSION.split("."))


def bind_all() -> tuple[Bound, ...]:
    """Every route of the table."""
    return tuple(Bound(route) for route in ROUTES)
