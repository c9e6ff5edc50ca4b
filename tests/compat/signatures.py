"""How a name of ours differs from the one of Prefect that it stands for: parameters, fields, members, methods.

Compared are names, kinds and defaults of parameters; annotations are not, for each side words its types its own way.
Parameters that begin with an underscore are nobody's to use.
"""

import ast
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from inspect import Parameter
from typing import Any

__all__ = ["differences"]

Json = dict[str, Any]
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
UNKNOWN = "(...)"


def differences(fact: Json, ours: Any) -> list[str]:
    """What differs, a phrase each."""
    found: list[str] = []
    if fact["kind"] in ("function", "async function"):
        found += _face(fact["kind"] == "async function", ours)
    if "signature" in fact:
        found += _parameters(fact["signature"], ours)
    missing = {
        "fields": [name for name in fact.get("fields", []) if not _has_field(ours, name)],
        "members": [name for name in fact.get("members", []) if isinstance(ours, type) and name not in _members(ours)],
        "methods": [name for name in fact.get("methods", {}) if not hasattr(ours, name)],
    }
    found += [f"without the {kind} {_listed(names)}" for kind, names in missing.items() if names]
    for name, signature in fact.get("methods", {}).items():
        method = getattr(ours, name, None)
        if signature.startswith("(") and callable(method):
            phrases = list(_parameters(signature, method))
            found += [f"`{name}`: {', '.join(phrases)}"] if phrases else []
    return found


def _face(is_async: bool, ours: Any) -> Iterator[str]:
    if is_async != inspect.iscoroutinefunction(ours):
        yield "is asynchronous there" if is_async else "is asynchronous here"


def _has_field(ours: Any, name: str) -> bool:
    return name in getattr(ours, "model_fields", {}) or hasattr(ours, name)


def _members(ours: type) -> list[str]:
    return list(ours.__members__) if issubclass(ours, Enum) else []


def _parameters(signature: str, ours: Callable[..., Any]) -> Iterator[str]:
    """How our parameters differ from those of a signature without annotations."""
    if signature == UNKNOWN or (found := _of(ours)) is None:
        return
    mine, takes_any = found
    theirs, they_take_any = _parsed(signature)
    if missing := [name for name in theirs if name not in mine]:
        yield f"{'by keyword, unchecked, ' if takes_any else 'without '}{_listed(missing)}"
    if they_take_any and not takes_any:
        yield "without further keywords"
    # What is positional alone has another name there, or none.
    if added := [name for name in mine if name not in theirs and mine[name].kind is not Parameter.POSITIONAL_ONLY]:
        yield f"adds {_listed(added)}"
    both = [name for name in theirs if name in mine]
    if named := [name for name in both if theirs[name].kind in POSITIONAL and mine[name].kind not in POSITIONAL]:
        yield f"by keyword only {_listed(named)}"
    order = [name for name in both if name not in named and theirs[name].kind in POSITIONAL]
    if order != [name for name in mine if name in order]:
        yield f"in the order {_listed([name for name in mine if name in order])}"
    for name in both:
        yield from _default(name, theirs[name].default, mine[name].default)


def _default(name: str, theirs: Any, mine: Any) -> Iterator[str]:
    if (theirs is Parameter.empty) != (mine is Parameter.empty):
        yield f"`{name}` is {'required here' if mine is Parameter.empty else 'not required'}"
    elif ... not in (theirs, mine) and theirs is not Parameter.empty and not _are_equal(theirs, mine):
        yield f"`{name}` is `{mine!r}` by default, not `{theirs!r}`"


def _are_equal(theirs: Any, mine: Any) -> bool:
    # A default that is an object of ours is compared by its repr, as that of Prefect is known.
    return theirs == mine or (isinstance(theirs, Shown) and theirs.text in (repr(mine), str(mine)))


class Shown:
    """A default of Prefect that is no literal."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _parsed(signature: str) -> tuple[dict[str, Parameter], bool]:
    """The parameters of `(fn, name=None, *, retries=None)`, and whether it takes further keywords."""
    arguments = ast.parse(f"def f{signature}: ...").body[0].args  # type: ignore[attr-defined]
    found: list[Parameter] = []
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for kind, pairs in (
        (Parameter.POSITIONAL_OR_KEYWORD, zip(positional, defaults, strict=True)),
        (Parameter.KEYWORD_ONLY, zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)),
    ):
        found += [Parameter(each.arg, kind, default=_value(default)) for each, default in pairs]
    return {each.name: each for each in found if _is_public(each.name)}, arguments.kwarg is not None


def _value(node: ast.expr | None) -> Any:
    if node is None:
        return Parameter.empty
    try:
        return ast.literal_eval(node)
    except ValueError:
        return Shown(ast.unparse(node))


def _of(ours: Callable[..., Any]) -> tuple[dict[str, Parameter], bool] | None:
    """Our parameters, of the overload that takes most, and whether it takes further keywords; None if nobody can tell.

    The function behind overloads may take anything, which says nothing.
    """
    function = ours.__init__ if isinstance(ours, type) else ours
    # What C defines has no module, and no overloads.
    overloads = typing.get_overloads(function) if hasattr(function, "__module__") else []
    known: list[tuple[dict[str, Parameter], bool]] = []
    for each in overloads or [ours]:
        try:
            known.append(_spread(inspect.signature(each).parameters.values()))
        except (TypeError, ValueError):
            continue
    return max(known, key=lambda found: len(found[0]), default=None)


def _spread(parameters: Iterable[Parameter]) -> tuple[dict[str, Parameter], bool]:
    """Parameters by name; those of `**options: Unpack[Options]` one by one, their defaults unknown."""
    found: dict[str, Parameter] = {}
    takes_any = False
    for each in parameters:
        options = typing.get_args(each.annotation) if each.kind is Parameter.VAR_KEYWORD else ()
        if options and typing.is_typeddict(options[0]):
            for name in options[0].__annotations__:
                found[name] = Parameter(name, Parameter.KEYWORD_ONLY, default=...)
        elif each.kind is Parameter.VAR_KEYWORD:
            takes_any = True
        elif each.kind is not Parameter.VAR_POSITIONAL and _is_public(each.name):
            found[each.name] = each
    return found, takes_any


def _is_public(name: str) -> bool:
    return not name.startswith("_") and name not in ("self", "cls")


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
