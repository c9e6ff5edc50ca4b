"""Exchanges: calls of the client described as values, and the descriptors that make methods of both faces from them.

A method that is an `endpoint` is written once, as a function that returns an `Exchange[R]`; one that needs several
exchanges is a `conversation`, steps that ask for each in turn. On a synchronous client such a method returns
`R`; on an asynchronous one it is a coroutine function.
"""

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator, Mapping
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, get_args, get_origin, overload
from urllib.parse import urlencode

import msgspec
from pydantic_core import PydanticSerializationError

from headrace._kernel import drive
from headrace._kernel.steps import Steps, attempt
from headrace._wire.codec import request_codec
from headrace._wire.routes import BY_NAME, Route
from headrace.client._authorization import WHO_CALLS
from headrace.exceptions import APIStatusError, ObjectNotFound, StoreUnavailable

__all__ = [
    "AsyncFace",
    "Exchange",
    "Reply",
    "SyncFace",
    "WireRequest",
    "ask",
    "conversation",
    "endpoint",
]

C = TypeVar("C")
P = ParamSpec("P")
R = TypeVar("R")


class WireRequest(msgspec.Struct, frozen=True):
    """A request as a transport carries it."""

    route: Route
    path: dict[str, str]
    query: str
    body: bytes


class Reply(msgspec.Struct, frozen=True):
    """What a transport brings back: the response schema's value, or the body of an error."""

    status: int
    value: Any


def _as_it_is(value: Any) -> Any:
    return value


class Exchange(Generic[R]):
    """One request to a route of the table, and what its answer means to the caller."""

    __slots__ = ("body", "or_else", "path", "query", "read", "route")

    def __init__(
        self,
        route: str,
        *,
        path: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        body: object | None = None,
        read: Callable[[Any], R] = _as_it_is,
        or_else: Callable[[Exception], R] | None = None,
    ) -> None:
        """`read` turns the answer's schema into the method's result; `or_else` does so with an error."""
        self.route = BY_NAME[route]
        self.path = path or {}
        self.query = query or {}
        self.body = body
        self.read = read
        self.or_else = or_else

    def request(self) -> WireRequest:
        """The request, in bytes."""
        codec = request_codec(self.route)
        try:
            body = codec.encode(self.body) if codec is not None and self.body is not None else b""
        except PydanticSerializationError as exc:
            raise TypeError(f"A value given to {self.route.name} is no JSON and cannot be sent: {exc}") from exc
        return WireRequest(
            self.route,
            {name: str(value) for name, value in self.path.items()},
            urlencode({name: str(value) for name, value in self.query.items()}),
            body,
        )

    def result(self, reply: Reply) -> R:
        """What the reply means to the caller.

        Raises ObjectNotFound (404), StoreUnavailable (503) or APIStatusError (any other error), each with the
        control plane's own words.
        """
        if reply.status < 400:
            return self.read(reply.value)
        advice = WHO_CALLS if reply.status == 401 else ""
        error = APIStatusError(self.route.method, self.route.path, reply.status, reply.value, advice)
        if reply.status == 404:
            raise ObjectNotFound(error, error.reason) from error
        if reply.status == 503:
            raise StoreUnavailable(error.reason) from error
        raise error

    def otherwise(self, error: Exception) -> R:
        """The method's result where the exchange failed; raises the error where there is none."""
        if self.or_else is None:
            raise error
        return self.or_else(error)


def ask(client: object, exchange: Exchange[R]) -> Steps[R]:
    """Carries an exchange out within a conversation; what it raises is raised in the conversation."""
    perform: Callable[..., Any] = cast("Any", client).perform
    outcome = yield from attempt(perform, (exchange,), {})
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


class SyncFace(ABC):
    """Base of clients whose endpoints return their results."""

    @abstractmethod
    def perform(self, exchange: Exchange[R]) -> R:
        """Carries an exchange out."""


class AsyncFace(ABC):
    """Base of clients whose endpoints are coroutine functions."""

    @abstractmethod
    async def perform(self, exchange: Exchange[R]) -> R:
        """Carries an exchange out."""


class _TwoFaces(Generic[P, R]):
    """A method that is a function on a synchronous client, and a coroutine function on an asynchronous one."""

    def __init__(
        self, on_sync: Callable[..., R], on_async: Callable[..., Coroutine[Any, Any, R]], written: Callable[..., Any]
    ) -> None:
        self._on_sync = _told_as(on_sync, written)
        self._on_async = _told_as(on_async, written)
        self.__doc__ = written.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> Callable[..., Any]: ...
    @overload
    def __get__(self, obj: SyncFace, owner: type[Any]) -> Callable[P, R]: ...
    @overload
    def __get__(self, obj: AsyncFace, owner: type[Any]) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, obj: SyncFace | AsyncFace | None, owner: type[Any]) -> Callable[..., Any]:
        face = self._on_async if issubclass(owner, AsyncFace) else self._on_sync
        return face if obj is None else MethodType(face, obj)


def _told_as(face: Callable[..., Any], written: Callable[..., Any]) -> Callable[..., Any]:
    """The face with the name, words and signature of the function that was written; it returns what callers get."""
    functools.update_wrapper(face, written)
    del face.__dict__["__wrapped__"]  # its annotation of the result is an Exchange's, or that of Steps
    signature = inspect.signature(written)
    result: Any = signature.return_annotation
    if get_origin(result) in (Exchange, Generator):
        result = get_args(result)[-1]
    elif isinstance(result, str):
        result = result.removeprefix("Exchange[").removesuffix("]")
    face.__dict__["__signature__"] = signature.replace(return_annotation=result)
    face.__annotations__["return"] = result
    return face


def endpoint(describe: Callable[Concatenate[C, P], Exchange[R]]) -> _TwoFaces[P, R]:
    """Makes a method of both faces from a function that describes one exchange."""

    def on_sync(self: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast("SyncFace", self).perform(describe(self, *args, **kwargs))

    async def on_async(self: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return await cast("AsyncFace", self).perform(describe(self, *args, **kwargs))

    return _TwoFaces(on_sync, on_async, describe)


def conversation(talk: Callable[Concatenate[C, P], Steps[R]]) -> _TwoFaces[P, R]:
    """Makes a method of both faces from steps that ask for their exchanges."""

    def on_sync(self: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return drive.run(talk(self, *args, **kwargs))

    async def on_async(self: Any, *args: P.args, **kwargs: P.kwargs) -> R:
        return await drive.run_async(talk(self, *args, **kwargs))

    return _TwoFaces(on_sync, on_async, talk)
