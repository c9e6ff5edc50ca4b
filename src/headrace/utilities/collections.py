"""Nested collections: visited, flattened, merged, read and written by paths."""

import re
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Sequence, Set
from enum import Enum, auto
from itertools import islice
from typing import Any, TypeVar, cast

from headrace._engine.resolving import copied, is_entered
from headrace.utilities.annotations import BaseAnnotation

__all__ = [
    "AutoEnum",
    "NestedDict",
    "StopVisiting",
    "batched_iterable",
    "deep_merge",
    "deep_merge_dicts",
    "dict_to_flatdict",
    "distinct",
    "ensure_iterable",
    "extract_instances",
    "flatdict_to_dict",
    "get_from_dict",
    "isiterable",
    "listrepr",
    "remove_nested_keys",
    "set_in_dict",
    "visit_collection",
]

KT = TypeVar("KT")
VT = TypeVar("VT")
T = TypeVar("T")
NestedDict = dict[KT, "VT | NestedDict[KT, VT]"]

_STEP = re.compile(r"[^.\[\]]+")


class AutoEnum(str, Enum):  # noqa: UP042 - members are shown with their class, which StrEnum leaves out
    """An enumeration whose members, made by `AutoEnum.auto()`, have their names as values."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[Any]) -> str:
        return name

    @staticmethod
    def auto() -> Any:
        """The value of a member: its name."""
        return auto()

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.value}"

    __str__ = __repr__


class StopVisiting(BaseException):
    """Raised by what `visit_collection` calls: this value stays as it is, and nobody looks inside of it."""


def visit_collection(
    expr: Any,
    visit_fn: Callable[..., Any],
    *,
    return_data: bool = False,
    max_depth: int = -1,
    context: dict[str, Any] | None = None,
    remove_annotations: bool = False,
    _seen: dict[int, Any] | None = None,
) -> Any:
    """Calls `visit_fn` with a value and all that lies inside it: in containers, dataclasses, models and annotations.

    With `return_data`, each is replaced by what the function makes of it, and the whole returned: the same object where
    nothing changed. `context` is handed to the function as its second argument, to each value a copy of its holder's.
    `max_depth` bounds how deep it goes, `remove_annotations` leaves the values of annotations in their places.
    """
    held = _seen if _seen is not None else {}

    def visited(value: Any, depth: int, context: dict[str, Any] | None) -> Any:
        if id(value) in held:
            return value
        try:
            made = visit_fn(value) if context is None else visit_fn(value, context)
        except StopVisiting:
            return value
        whole = made if return_data else value
        if depth == 0 or not _has_parts(whole):
            return whole
        held[id(whole)] = whole
        try:
            return _rebuilt(
                whole, lambda part: visited(part, depth - 1, context and context.copy()), remove_annotations
            )
        finally:
            del held[id(whole)]

    made = visited(expr, max_depth, context)
    return made if return_data else None


def dict_to_flatdict(dct: dict[Any, Any]) -> dict[tuple[Any, ...], Any]:
    """A nested dict with one level: {1: {2: 3}} becomes {(1, 2): 3}. An empty one inside is left out."""
    flat: dict[tuple[Any, ...], Any] = {}
    for key, value in dct.items():
        if isinstance(value, dict):
            inner = dict_to_flatdict(cast("dict[Any, Any]", value))
            flat.update({(key, *keys): deep for keys, deep in inner.items()} if value else {(key,): value})
        else:
            flat[(key,)] = value
    return flat


def flatdict_to_dict(dct: dict[tuple[Any, ...], Any]) -> dict[Any, Any]:
    """The opposite of `dict_to_flatdict`."""
    nested: dict[Any, Any] = {}
    for (*path, last), value in dct.items():
        holder = nested
        for key in path:
            holder = holder.setdefault(key, {})
        holder[last] = value
    return nested


def deep_merge(dct: dict[str, Any], merge: dict[str, Any]) -> dict[str, Any]:
    """A new dict of both: the second one's values, but where both have dicts, these merged in turn."""
    merged = dict(dct)
    for key, value in merge.items():
        before = merged.get(key)
        are_dicts = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = deep_merge(cast(Any, before), cast(Any, value)) if are_dicts else value
    return merged


def deep_merge_dicts(*dicts: dict[str, Any]) -> dict[str, Any]:
    """A new dict of all of them, the later the stronger; see `deep_merge`."""
    merged: dict[str, Any] = {}
    for each in dicts:
        merged = deep_merge(merged, each)
    return merged


def get_from_dict(dct: dict[str, Any], keys: str | list[str], default: Any = None) -> Any:
    """What lies at a path of keys, "a.b[0].c" or ["a", "b", 0, "c"]; `default` where there is nothing."""
    found: Any = dct
    for key in _path(keys):
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return default
    return found


def set_in_dict(dct: dict[str, Any], keys: str | list[str], value: Any) -> None:
    """Puts a value at a path of keys, "a.b.c" or ["a", "b", "c"], making the dicts on the way.

    Raises TypeError where something else than a dict is on the way.
    """
    *path, last = _path(keys) or [""]
    holder: Any = dct
    for key in path:
        held = holder.setdefault(key, {})
        if not isinstance(held, dict):
            raise TypeError(f"There is no dict at {key!r}, on the way to {keys!r}, but {held!r}.")
        holder = cast(Any, held)
    holder[last] = value


def remove_nested_keys(keys_to_remove: list[Any], obj: Any) -> Any:
    """A dict without these keys, and the dicts inside it without them; anything else as it is."""
    if not isinstance(obj, dict):
        return obj
    return {
        key: remove_nested_keys(keys_to_remove, value)
        for key, value in cast("dict[Any, Any]", obj).items()
        if key not in keys_to_remove
    }


def distinct(iterable: Iterable[T], key: Callable[[T], Hashable] | None = None) -> Iterator[T]:
    """Each item once, in order: the first of those with the same key."""
    known: set[Hashable] = set()
    for item in iterable:
        mark = key(item) if key is not None else cast(Hashable, item)
        if mark not in known:
            known.add(mark)
            yield item


def batched_iterable(iterable: Iterable[T], size: int) -> Generator[tuple[T, ...]]:
    """The items by so many at a time; the last ones may be fewer."""
    items = iter(iterable)
    while batch := tuple(islice(items, size)):
        yield batch


def isiterable(obj: Any) -> bool:
    """Whether this can be iterated over as a collection: texts, bytes and open files are none."""
    return isinstance(obj, Iterable) and not isinstance(obj, (str, bytes)) and not hasattr(cast(Any, obj), "readable")


def ensure_iterable(obj: T | Iterable[T]) -> Collection[T]:
    """A sequence or set as it is; anything else as a list of one."""
    return cast("Collection[T]", obj if isinstance(obj, (Sequence, Set)) else [obj])


def listrepr(objs: Iterable[Any], sep: str = " ") -> str:
    """The items as `repr` shows them, side by side."""
    return sep.join(map(repr, objs))


def extract_instances(
    objects: Iterable[Any], types: type[T] | tuple[type[T], ...] = object
) -> list[T] | dict[type[T], list[T]]:
    """The objects of a type as a list; of several types, a list for each."""
    given = list(objects)
    if not isinstance(types, tuple):
        return [each for each in given if isinstance(each, types)]
    found: dict[type[T], list[T]] = {}
    for each in given:
        for kind in types:
            if isinstance(each, kind):
                found.setdefault(kind, []).append(each)
    return found


def _has_parts(value: Any) -> bool:
    return isinstance(value, BaseAnnotation) or is_entered(cast("type[Any]", type(value)))


def _rebuilt(whole: Any, visited: Callable[[Any], Any], remove_annotations: bool) -> Any:
    """The same with its parts visited; the very same where none of them changed."""
    is_changed = False

    def watched(part: Any) -> Any:
        nonlocal is_changed
        made = visited(part)
        is_changed = is_changed or made is not part
        return made

    if isinstance(whole, BaseAnnotation):
        annotated = cast("BaseAnnotation[Any]", whole)
        value = watched(annotated.value)
        if remove_annotations:
            return value
        return annotated.rewrap(value) if is_changed else annotated
    made = copied(whole, watched)
    return made if is_changed else whole


def _path(keys: str | list[str]) -> list[Any]:
    if not isinstance(keys, str):
        return list(keys)
    return [int(step) if step.isdigit() else step for step in _STEP.findall(keys)]
