"""Parameters of a flow run: validated against the function's annotations, and kept as JSON.

Pydantic costs 70 to 110 ms to import. A call whose values have exactly the plain types that are annotated needs no
validation, so that a simple script never imports it.
"""

import builtins
import copy
import functools
import itertools
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import Parameter
from typing import Any, Final, cast

import msgspec

from headrace._kernel import late
from headrace._kernel.callables import Binder
from headrace.exceptions import ParameterTypeError, SignatureMismatchError

__all__ = ["ParameterValidator", "jsonable", "snapshot", "type_hints"]

_PLAIN: Final = frozenset({int, float, str, bool, bytes, type(None)})
_PLAIN_NAMES: Final = {kind.__name__: kind for kind in _PLAIN} | {"None": type(None)}

_MUTABLE: Final = frozenset({list, dict, set, bytearray})
_CONCEALED: Final = "**********"

_MOST_BYTES: Final = 512 * 1024
_MOST_ITEMS: Final = 10_000
_LONGEST_SHOWN: Final = 200


class ParameterValidator:
    """Validates the bound parameters of one flow."""

    __slots__ = ("_annotated", "_binder", "_flow_name", "_fresh", "_validate")

    def __init__(self, binder: Binder, flow_name: str) -> None:
        self._binder = binder
        self._flow_name = flow_name
        self._annotated: list[tuple[str, Any]] = [
            (parameter.name, None if _is_variadic(parameter) else _plain(parameter.annotation))
            for parameter in binder.signature.parameters.values()
            if parameter.annotation is not Parameter.empty
        ]
        self._fresh: list[tuple[str, Any]] = [
            (parameter.name, parameter.default)
            for parameter in binder.signature.parameters.values()
            if type(parameter.default) in _MUTABLE
        ]
        """Defaults that a run could change for the runs after it: each run gets a copy."""
        self._validate: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None

    def validate(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters as the annotations want them (coerced); ParameterTypeError names each one that is refused."""
        for name, default in self._fresh:
            if parameters[name] is default:
                parameters[name] = copy.deepcopy(default)
        if all(plain is not None and type(parameters[name]) is plain for name, plain in self._annotated):
            return parameters
        if self._validate is None:
            self._validate = _pydantic_validator(self._binder)
        from pydantic import ValidationError

        try:
            return self._validate(parameters)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            raise ParameterTypeError(_refusals(self._flow_name, errors, self._secrets())) from None

    def validate_by_name(self, given: Mapping[str, Any], binder: Binder) -> dict[str, Any]:
        """All parameters, for those given by name: with defaults, and validated; `binder` may be a method's."""
        signature = binder.signature
        own = list(signature.parameters)[len(binder.receiver) :]
        if given.keys() - set(own):
            raise SignatureMismatchError.from_bad_params(own, list(given))
        parameters: dict[str, Any] = dict(zip(signature.parameters, binder.receiver, strict=False))
        for name in own:
            parameters[name] = given[name] if name in given else _default(signature.parameters[name])
        if missing := [name for name, value in parameters.items() if value is Parameter.empty]:
            lines = [f"The parameters of flow {self._flow_name!r} are not valid:"]
            raise ParameterTypeError("\n".join([*lines, *(f" - {name}: Field required" for name in missing)]))
        return binder.given(self.validate(parameters))

    def concealed(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters that were refused, without those that would be secrets: given in clear, they are not told."""
        return {**parameters, **dict.fromkeys(self._secrets() & parameters.keys(), _CONCEALED)}

    def _secrets(self) -> set[str]:
        """The parameters whose type has a secret in it, however deep."""
        find: Callable[[Callable[..., Any]], set[str]] = late.load("secret_parameters")
        try:
            return find(self._binder.fn)
        except Exception:  # noqa: BLE001 - a type of the user that tells nothing of itself: then nothing is told
            return set(self._binder.signature.parameters)


def jsonable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as values that JSON knows; what it cannot say is described."""
    shown: dict[str, Any] = {}
    for name, value in parameters.items():
        try:
            shown[name] = msgspec.json.decode(_encode(value))
        except Exception:  # noqa: BLE001 - a user's own object failed to show itself
            shown[name] = f"<{type(value).__name__}>"
    return shown


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
    if type(value).__repr__ is object.__repr__:
        return f"<{type(value).__name__}>"
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

    hints = type_hints(binder.fn)
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


def type_hints(fn: Callable[..., Any]) -> dict[str, Any]:
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


def _default(parameter: Parameter) -> Any:
    """What stands for a parameter that is not given; Parameter.empty where it has to be."""
    if parameter.kind is Parameter.VAR_POSITIONAL:
        return ()
    return {} if parameter.kind is Parameter.VAR_KEYWORD else parameter.default


def _refusals(flow_name: str, errors: list[Any], secrets: set[str]) -> str:
    lines = [f"The parameters of flow {flow_name!r} are not valid:"]
    for error in itertools.islice(errors, 20):
        where = ".".join(str(part) for part in error["loc"])
        value = repr(error.get("input")) if error["loc"][:1] and error["loc"][0] not in secrets else _CONCEALED
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
        lines.append(f" - {where}: {error['msg']} (got {shown})")
    if len(errors) > 20:
        lines.append(f" - and {len(errors) - 20} more")
    return "\n".join(lines)
