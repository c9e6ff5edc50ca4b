"""Signatures of users' functions: binding a call's arguments to parameter names, at the price of a plain call.

A binder is compiled once for each function (`sig.bind` costs 2 to 4 us a call, a compiled one 0.2); where a call does
not fit, `inspect` writes the message.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any
from zlib import crc32

from headrace.exceptions import ParameterBindError, ReservedArgumentError

__all__ = ["Binder", "callable_name", "docstring", "is_async", "is_generator", "source_key", "variadic_keyword"]

_RESERVED = {"return_state", "wait_for"}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Binder:
    """Binds calls of one function, and makes calls out of bound parameters."""

    __slots__ = ("bind", "fn", "receiver", "signature")

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        self.receiver: tuple[Any, ...] = ()
        """The instance or class that a method is bound to: the first of the arguments, which callers do not give."""
        self.signature = _signature(fn)
        if reserved := _RESERVED & self.signature.parameters.keys():
            raise ReservedArgumentError(
                f"The function '{callable_name(fn)}' has a parameter {min(reserved)!r}, which calls of flows and tasks "
                "need for themselves: give it another name."
            )
        self.bind: Callable[..., dict[str, Any]] = _compile(self.signature)
        """`bind(*args, **kwargs)`: parameter name -> value, with defaults; TypeError where the call does not fit."""

    def bound_to(self, receiver: Any) -> "Binder":
        """A binder of the same function as a method of `receiver`: its first parameter is given."""
        bound = object.__new__(Binder)
        bound.fn = self.fn
        bound.signature = self.signature
        bound.receiver = (receiver,)
        bound.bind = MethodType(self.bind, receiver)
        return bound

    def bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Parameter name -> value, with defaults; ParameterBindError where the call does not fit."""
        try:
            return self.bind(*args, **kwargs)
        except TypeError:
            refusal = self.refusal(args, kwargs)
            if refusal is None:
                raise
            raise refusal from None

    def bound_as_given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The same without defaults."""
        self.bound(args, kwargs)
        return dict(self.signature.bind(*self.receiver, *args, **kwargs).arguments)

    def given(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Of these bound parameters, those that a caller gives: without the receiver of a method."""
        return dict(list(parameters.items())[len(self.receiver) :]) if self.receiver else parameters

    def refusal(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> ParameterBindError | None:
        """Why this call does not fit the function; None where it does."""
        try:
            self.bind(*args, **kwargs)
        except TypeError as error:
            why = self._inspected(args, kwargs) or str(error).removeprefix("bind() ")
            return ParameterBindError(
                f"Error binding parameters for function '{callable_name(self.fn)}': {why}.\n"
                f"Function '{callable_name(self.fn)}' has signature '{_shown(self.signature)}' "
                f"but received args: {args} and kwargs: {list(kwargs)}."
            )
        return None

    def _inspected(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
        """What `inspect` has against this call, which does not fit.

        It words things best, but does not say whether a call fits: where a name of a positional-only parameter is among
        **kwargs, it refuses some calls that Python takes (3.11, 3.12) and takes some that Python refuses (3.13.0).
        """
        try:
            self.signature.bind(*self.receiver, *args, **kwargs)
        except TypeError as error:
            return str(error)
        return None

    def call_arguments(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The positional and keyword arguments that give the function, or the method, these bound parameters."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for parameter in self.signature.parameters.values():
            value = parameters[parameter.name]
            if parameter.kind in _POSITIONAL:
                args.append(value)
            elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                args.extend(value)
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                kwargs.update(value)
            else:
                kwargs[parameter.name] = value
        return tuple(args[len(self.receiver) :]), kwargs


def callable_name(fn: Callable[..., Any]) -> str:
    """The name that a function goes by; that of its class for a callable object."""
    return getattr(fn, "__name__", None) or type(fn).__name__


def docstring(fn: Callable[..., Any]) -> str | None:
    """What a function's docstring says, without the indentation of the code around it."""
    return inspect.cleandoc(fn.__doc__) if isinstance(fn.__doc__, str) else None


def is_async(fn: Callable[..., Any]) -> bool:
    """Whether calling `fn` gives a coroutine or an async generator."""
    return _is_any(fn, inspect.iscoroutinefunction, inspect.isasyncgenfunction)


def is_generator(fn: Callable[..., Any]) -> bool:
    """Whether calling `fn` gives a generator or an async generator."""
    return _is_any(fn, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


def variadic_keyword(signature: inspect.Signature) -> str | None:
    """The name of a function's `**kwargs`, where it has them."""
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return parameter.name
    return None


def source_key(fn: Callable[..., Any]) -> str:
    """A key that names this function across processes: its qualified name, and a checksum of where it is defined."""
    name = getattr(fn, "__qualname__", None) or type(fn).__qualname__
    code = getattr(fn, "__code__", None)
    where = code.co_filename if code is not None else getattr(fn, "__module__", "")
    return f"{name}-{crc32(where.encode(errors='surrogateescape')):08x}"


def _is_any(fn: Callable[..., Any], *kinds: Callable[[Any], bool]) -> bool:
    return any(is_kind(fn) or is_kind(getattr(fn, "__call__", None)) for is_kind in kinds)  # noqa: B004


def _signature(fn: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(fn)
    except ValueError:  # Some functions written in C tell no signature: they take what they are given.
        return inspect.Signature(
            [
                inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
            ]
        )


def _shown(signature: inspect.Signature) -> str:
    return ", ".join(str(parameter) for parameter in signature.parameters.values())


def _compile(signature: inspect.Signature) -> Callable[..., dict[str, Any]]:
    """A function with the same parameters that returns them as a dict."""
    defaults: dict[str, Any] = {}
    parts: list[str] = []
    starred = False
    parameters = list(signature.parameters.values())
    for index, parameter in enumerate(parameters):
        name = parameter.name
        text = name
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            text, starred = f"*{name}", True
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            text = f"**{name}"
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        if parameter.default is not inspect.Parameter.empty:
            defaults[f"_default_{index}"] = parameter.default
            text = f"{name}=_default_{index}"
        parts.append(text)
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY and (
            index + 1 == len(parameters) or parameters[index + 1].kind is not inspect.Parameter.POSITIONAL_ONLY
        ):
            parts.append("/")
    body = ", ".join(f"{name!r}: {name}" for name in signature.parameters)
    namespace: dict[str, Any] = dict(defaults)
    exec(f"def bind({', '.join(parts)}): return {{{body}}}", namespace)  # noqa: S102 - names come from a signature
    return namespace["bind"]
