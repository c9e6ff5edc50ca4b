"""Between the bytes of the wire and the schemas of a route, built when a route is first used.

JSON goes by pydantic, msgpack by msgspec; what does not fit is a `pydantic.ValidationError` or a
`msgspec.DecodeError`.
"""

from functools import cache
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec
from pydantic import BaseModel, TypeAdapter

from headrace._wire.routes import Route

__all__ = ["Codec", "query_schema", "request_codec", "request_schema", "response_codec", "response_schema"]

T = TypeVar("T")


class Codec(Protocol[T]):
    """Reads and writes one schema."""

    @property
    def content_type(self) -> str: ...

    def decode(self, content: bytes, /) -> T: ...

    def encode(self, value: T, /) -> bytes: ...


class JsonCodec(Generic[T]):
    """JSON by pydantic."""

    content_type = "application/json"

    def __init__(self, schema: type[T]) -> None:
        adapter = TypeAdapter(schema)
        self.decode = adapter.validate_json
        self.encode = adapter.dump_json


class MsgpackCodec(Generic[T]):
    """Msgpack by msgspec."""

    content_type = "application/msgpack"

    def __init__(self, schema: type[T]) -> None:
        self.decode = msgspec.msgpack.Decoder(schema).decode
        self.encode = msgspec.msgpack.Encoder().encode


class CsvCodec:
    """Comma-separated values: texts that are made elsewhere."""

    content_type = "text/csv; charset=utf-8"

    def decode(self, content: bytes, /) -> str:
        return content.decode()

    def encode(self, value: str, /) -> bytes:
        return value.encode(errors="replace")


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def request_schema(route: Route) -> Any:
    """The schema of the body that a route takes; None where it takes none."""
    return _named(route.request) if route.request else None


def response_schema(route: Route) -> Any:
    """The schema of what a route answers; None where it answers nothing."""
    if not route.response:
        return None
    schema = _named(route.response)
    return list[schema] if route.is_list else schema


def query_schema(route: Route) -> type[BaseModel] | None:
    """The schema of a route's query; None where it has none."""
    return cast("type[BaseModel]", _named(route.query)) if route.query else None


def _codec(schema: Any, route: Route) -> Codec[Any]:
    if route.media == "csv":
        return CsvCodec()
    return MsgpackCodec(schema) if route.media == "msgpack" else JsonCodec(schema)


@cache
def request_codec(route: Route) -> Codec[Any] | None:
    """How a route's body is read and written; None where it takes none."""
    schema = request_schema(route)
    return None if schema is None else _codec(schema, route)


@cache
def response_codec(route: Route) -> Codec[Any] | None:
    """How a route's answer is read and written; None where it answers nothing."""
    schema = response_schema(route)
    return None if schema is None else _codec(schema, route)
