"""Parameters of a flow run: validated against the function's annotations, and kept as JSON.

Pydantic costs 70 to 110 ms to import. A call whose values have exactly the plain types that are annotated needs no
validation, so that a simple script never imports it.
"""

import builtins
import functools
import itertools
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import Parameter
from typing import Any, Final, cast

import msgspec

from headrace._kernel.callables import Binder
from headrace.exceptions import ParameterTypeError

__all__ = ["ParameterValidator", "snapshot"]

_PLAIN: Final = frozenset({int, float, str, bool, bytes, type(None)})
_PLAIN_NAMES: Final = {kind.__name__: kind for kind in _PLAIN} | {"None": type(None)}

_MOST_BYTES: Final = 512 * 1024
_MOST_ITEMS: Final = 10_000
_LONGEST_SHOWN: Final = 200


class ParameterValidator:
    """Validates the bound parameters of one flow."""

    __slots__ = ("_annotated", "_binder", "_flow_name", "_validate")

    def __init__(self, binder: Binder, flow_name: str) -> None:
        self._binder = binder
        self._flow_name = flow_name
        self._annotated: list[tuple[str, Any]] = [
            (parameter.name, None if _is_variadic(parameter) else _plain(parameter.annotation))
            for parameter in binder.signature.parameters.values()
            if parameter.annotation is not Parameter.empty
        ]
        self._validate: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None

    def validate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters as the annotations want them (coerced); ParameterTypeError names each one that is refused."""
        if all(plain is not None and type(parameters[name]) is plain for name, plain in self._annotated):
            return parameters
        if self._validate is None:
            self._validate = _pydantic_validator(self._binder)
        from pydantic import ValidationError

        try:
            return self._validate(parameters)
        except ValidationError as error:
            raise ParameterTypeError(_refusals(self._flow_name, error.errors(include_url=False))) from None


def snapshot(parameters: Mapping[str, Any]) -> bytes:
    """The parameters as JSON, for whoever looks at the run: what JSON cannot say, or is too much, is described."""
    try:
        if not any(_is_large(value) for value in parameters.values()):
            encoded = _encode(parameters)
            if len(encoded) <= _MOST_BYTES:
                return encoded
    except Exception:  # noqa: BLE001 - a user's own object failed to show itself: each is tried alone below
        pass
    return _encode({name: _described(value) for name, value in parameters.items()})


def _described(value: Any) -> Any:
    """The value where it is small and speaks JSON, else a short description of it."""
    try:
        if not _is_large(value):
            encoded = _encode(value)
            if len(encoded) <= _LONGEST_SHOWN * 10:
                return msgspec.Raw(encoded)
    except Exception:  # noqa: BLE001 - see above
        pass
    length = f" of {len(value)} items" if hasattr(cast(object, type(value)), "__len__") else ""
    return f"<{type(value).__qualname__}{length}>"


def _is_large(value: Any) -> bool:
    return type(value) in (list, tuple, dict, set, frozenset) and len(value) > _MOST_ITEMS


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=_shown)


def _shown(value: Any) -> Any:
    """What stands in JSON for a value that msgspec does not know."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    text = str(value) if hasattr(value, "get_secret_value") else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _plain(annotation: Any) -> type | None:
    if isinstance(annotation, str):
        return _PLAIN_NAMES.get(annotation)
    if annotation is None:
        return type(None)
    return annotation if annotation in _PLAIN else None


def _is_variadic(parameter: Parameter) -> bool:
    return parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _pydantic_validator(binder: Binder) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A validator over all parameters at once. A TypedDict, because its keys may have any name that a parameter may."""
    from pydantic import ConfigDict, TypeAdapter
    from typing_extensions import TypedDict

    hints = _type_hints(binder.fn)
    fields: dict[str, Any] = {}
    for name, parameter in binder.signature.parameters.items():
        annotation: Any = hints.get(name, Any)
        if parameter.kind is Parameter.VAR_POSITIONAL:
            annotation = tuple[annotation, ...]
        elif parameter.kind is Parameter.VAR_KEYWORD:
            annotation = dict[str, annotation]
        fields[name] = annotation
    shape = cast(Any, TypedDict)("Parameters", fields)
    shape.__pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)
    return TypeAdapter(shape).validator.validate_python


def _type_hints(fn: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of `fn`, evaluated; one that names what cannot be found at run time says nothing (Any)."""
    from typing import get_type_hints

    fn = _annotated(fn)
    try:
        return get_type_hints(fn, include_extras=True)
    except NameError:
        namespace = {**vars(builtins), **getattr(fn, "__globals__", {})}
        hints: dict[str, Any] = {}
        for name, annotation in fn.__annotations__.items():
            with suppress(NameError):
                holder = {"__annotations__": {name: annotation}}
                hints.update(get_type_hints(type("Holder", (), holder), namespace, include_extras=True))
        return hints


def _annotated(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function that bears the annotations of what is called: within a partial, or of a callable object's class."""
    while isinstance(fn, functools.partial):
        fn = cast("functools.partial[Any]", fn).func
    if isinstance(fn, type):
        return cast(Any, fn).__init__
    return fn if hasattr(fn, "__annotations__") else cast(Any, type(fn)).__call__


def _refusals(flow_name: str, errors: list[Any]) -> str:
    lines = [f"The parameters of flow {flow_name!r} are not valid:"]
    for error in itertools.islice(errors, 20):
        where = ".".join(str(part) for part in error["loc"])
        value = repr(error.get("input"))
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
        lines.append(f" - {where}: {error['msg']} (got {shown})")
    if len(errors) > 20:
        lines.append(f" - and {len(errors) - 20} more")
    return "\n".join(lines)
