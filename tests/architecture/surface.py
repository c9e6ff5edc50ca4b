"""The public surface written down: every name that a public module lists, with its signature.

`make snapshot` writes `public_surface.txt`; the test compares. A change of the surface is then a change of that file,
which a reader of the change sees.
"""

import importlib
import inspect
import re
import types
import typing
from pathlib import Path
from typing import Any

from tests.architecture.source import modules, within

__all__ = ["SNAPSHOT", "public_modules", "surface"]

SNAPSHOT = Path(__file__).with_name("public_surface.txt")

# Packages that are ours to shape, though their names have no underscore.
PRIVATE = ("server", "journal", "cli")
# Methods without a name of their own that are public all the same.
SPOKEN = {"__call__", "__await__", "__iter__", "__enter__", "__aenter__"}


def public_modules() -> list[str]:
    """Modules that users may import from."""
    return [
        module.name
        for module in modules()
        if not any(part.startswith("_") for part in module.name.split(".")) and not within(module, *PRIVATE)
    ]


def surface() -> str:
    """Every public name with its signature, a line each."""
    lines: list[str] = []
    described: dict[int, str] = {}
    for name in public_modules():
        module = importlib.import_module(name)
        listed: list[str] = sorted(getattr(module, "__all__", []))
        if listed:
            lines.append(name)
        for item in listed:
            thing = getattr(module, item)
            # A class that several modules list is described in the first.
            where = described.setdefault(id(thing), f"{name}.{item}") if isinstance(thing, type) else f"{name}.{item}"
            is_first = where == f"{name}.{item}"
            lines += [f"    {line}" for line in (_described(item, thing) if is_first else [f"class {item}: {where}"])]
        lines += [""] if listed else []
    return "\n".join(lines)


def _described(name: str, thing: Any) -> list[str]:
    if isinstance(thing, type):
        parents = ", ".join(parent.__name__ for parent in thing.__bases__ if parent is not object)
        constructor = [f"    {line}" for line in _callable_lines("", thing.__init__)] if _is_plain(thing) else []
        return [f"class {name}({parents})", *constructor, *(f"    {line}" for line in _members(thing))]
    if isinstance(thing, types.ModuleType):
        return [f"module {name} = {thing.__name__}"]
    if callable(thing):
        return _callable_lines(name, thing)
    return [f"{name}: {type(thing).__name__}"]


def _is_plain(cls: type) -> bool:
    """Whether the class writes its constructor itself; for structs, models, enums and errors its members say all."""
    return isinstance(vars(cls).get("__init__"), types.FunctionType) and not hasattr(cls, "model_fields")


def _callable_lines(name: str, thing: Any) -> list[str]:
    """A line for each overload, since the one behind them tells a caller nothing."""
    return [f"{name}{_signature(one)}" for one in typing.get_overloads(thing) or [thing]]


def _members(cls: type) -> list[str]:
    """What a class and our own classes above it add, without what it has from elsewhere."""
    found: dict[str, list[str]] = {}
    fields: dict[str, Any] = getattr(cls, "model_fields", {})
    for owner in reversed(cls.__mro__):
        if not owner.__module__.startswith("headrace"):
            continue
        for name in [*vars(owner).get("__annotations__", {}), *vars(owner)]:
            if name in fields:
                found[name] = [f"{name}: field{', required' if fields[name].is_required() else ''}"]
            elif name in SPOKEN or not name.startswith(("_", "model_")):
                found[name] = _member(cls, name)
    return [line for name in sorted(found) for line in found[name]]


def _member(cls: type, name: str) -> list[str]:
    member = inspect.getattr_static(cls, name, None)
    if isinstance(member, staticmethod | classmethod):
        return [f"{type(member).__name__} {line}" for line in _callable_lines(name, member.__func__)]
    # A descriptor may give a function of its own, as a client's endpoints do for either face.
    if isinstance(function := getattr(cls, name, None), types.FunctionType):
        prefix = "async " if inspect.iscoroutinefunction(function) else ""
        return [f"{prefix}{line}" for line in _callable_lines(name, function)]
    return [f"{name}: {'property' if isinstance(member, property) else 'attribute'}"]


def _signature(thing: Any) -> str:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return "(...)"
    shown = str(signature)
    for spelling, same in _SPELLINGS:
        shown = re.sub(spelling, same, shown)
    return shown


# What differs from run to run and from version to version of Python: addresses, and how some things are spelled.
_SPELLINGS = (
    (r" at 0x[0-9a-f]+|\b(typing|collections\.abc|headrace(\.\w+)+)\.(?=\w)", ""),
    (r"\*<class '(\w+)'>", r"Unpack[\1]"),
    (r"pathlib\._local\.", "pathlib."),
    (r"^\(\*args, \*\*kwargs\)$", "(...)"),
)


if __name__ == "__main__":
    SNAPSHOT.write_text(surface(), encoding="utf-8")
