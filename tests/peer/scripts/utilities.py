"""Small things that users import: nested collections, imports, names, texts."""

import enum
import os
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from prefect import unmapped
from prefect.utilities.annotations import quote
from prefect.utilities.collections import (
    AutoEnum,
    StopVisiting,
    batched_iterable,
    deep_merge,
    deep_merge_dicts,
    dict_to_flatdict,
    distinct,
    ensure_iterable,
    extract_instances,
    flatdict_to_dict,
    get_from_dict,
    isiterable,
    listrepr,
    remove_nested_keys,
    set_in_dict,
    visit_collection,
)
from prefect.utilities.importtools import (
    from_qualified_name,
    import_object,
    lazy_import,
    load_script_as_module,
    to_qualified_name,
)
from prefect.utilities.names import OBFUSCATED_PREFIX, generate_slug, obfuscate, obfuscate_string
from prefect.utilities.text import fuzzy_match_string, truncated_to
from pydantic import BaseModel, Field, PrivateAttr


def attempt(what: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return what(*args, **kwargs)
    except BaseException as error:
        return f"{type(error).__name__}"


class Color(AutoEnum):
    RED = AutoEnum.auto()
    BLUE = AutoEnum.auto()


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Order:
    number: int
    items: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    number: int


class Model(BaseModel):
    number: int
    inner: dict[str, Any] = Field(default_factory=dict)
    _private: int = PrivateAttr(default=3)


def plus_one(value: Any) -> Any:
    return value + 1 if type(value) is int else value


def nested() -> dict[str, Any]:
    return {
        "list": [1, [2, (3, {4})]],
        "dict": {"a": 5, 6: OrderedDict(b=7)},
        "order": Order(8, [9]),
        "frozen": Frozen(10),
        "model": Model(number=11, inner={"c": 12}),
        "quoted": quote([13]),
        "unmapped": unmapped(14),
        "text": "abc",
        "generator": (number for number in [15]),
        "point": Point(16, 17),
    }


def visiting() -> None:
    given = nested()
    made = visit_collection(given, plus_one, return_data=True)
    for name in given:
        value = made[name]
        print(name, value if name not in ("generator", "point") else type(value).__name__, value is given[name])
    print(made is given, visit_collection({"a": ["b"]}, lambda value: value, return_data=True))
    same = {"a": ["b"]}
    print(visit_collection(same, lambda value: value, return_data=True) is same)

    seen: list[Any] = []
    print(visit_collection(nested(), lambda value: seen.append(type(value).__name__)))
    print(seen)
    for depth in (0, 1, 2):
        seen.clear()
        visit_collection({"a": [1, [2]]}, seen.append, max_depth=depth)
        print(depth, seen)

    def stops(value: Any) -> Any:
        if isinstance(value, list):
            raise StopVisiting
        return plus_one(value)

    print(attempt(visit_collection, {"a": [1], "b": 2}, stops, return_data=True))

    def with_context(value: Any, context: dict[str, Any]) -> Any:
        context["depth"] = context.get("depth", 0) + 1
        return value * 100 + context["depth"] if isinstance(value, int) else value

    context: dict[str, Any] = {"depth": 0}
    print(visit_collection({"a": [1, {"b": 2}]}, with_context, return_data=True, context=context), context)
    print(visit_collection([quote([1]), unmapped(2)], plus_one, return_data=True, remove_annotations=True))
    loop: list[Any] = [1]
    loop.append(loop)
    turned = attempt(visit_collection, loop, plus_one, return_data=True)
    print(type(turned).__name__, turned[0] if isinstance(turned, list) else turned)


def collections() -> None:
    print(
        Color.RED,
        repr(Color.BLUE),
        Color("RED") is Color.RED,
        [*Color],
        isinstance(Color.RED, str),
        enum.Enum in Color.__mro__,
    )
    deep = {1: {2: {3: {4: 5}, 6: "x"}}, 7: 8, 9: {}}
    flat = dict_to_flatdict(deep)
    print(flat, flatdict_to_dict(flat))
    print(list(batched_iterable(range(7), 3)), list(batched_iterable([], 2)))
    print(list(distinct([3, 1, 3, 2, 1])), list(distinct(["a", "B", "A"], key=str.lower)))
    for value in ("ab", [1], (1, 2), {1}, {"a": 1}, 5, None, b"x", range(2), iter([1])):
        print(type(value).__name__, isiterable(value), type(ensure_iterable(value)).__name__)
    print(listrepr([1, "a"]), listrepr([1, "a"], sep="\n"), ensure_iterable(5), ensure_iterable("ab"))
    print(extract_instances([1, "a", 2.5, 3], int), dict(extract_instances([1, "a", 2.5, 3], (int, str))))
    print(
        remove_nested_keys(["b"], {"a": {"b": 1, "c": {"b": 2}}, "d": [{"b": 1}], "b": 0}), remove_nested_keys(["b"], 5)
    )
    values: dict[str, Any] = {"a": {"b": {"c": 1}}}
    print(get_from_dict(values, "a.b.c"), get_from_dict(values, ["a", "x"], "no"), get_from_dict(values, "a.b.c.d"))
    print(
        get_from_dict({"a": [{"b": 4}]}, "a[0].b"),
        get_from_dict(values, "a.x"),
        attempt(get_from_dict, {"a": [1]}, "a[5]"),
    )
    print(attempt(set_in_dict, values, "a.b.d", 2), values, attempt(set_in_dict, values, ["x", "y"], 3), values)
    print(attempt(set_in_dict, values, "a.b.c.e", 2), values, attempt(set_in_dict, values, "", 2))
    print(
        deep_merge({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"b": 3}, "e": 4}),
        deep_merge_dicts({"a": 1}, {"b": {"c": 1}}, {"b": {"d": 2}}),
    )
    left = {"a": {"b": 1}}
    deep_merge(left, {"a": {"c": 2}})
    print(left)


def imports() -> None:
    print(to_qualified_name(os.path.join), to_qualified_name(OrderedDict), from_qualified_name("os.path").__name__)
    print(
        from_qualified_name("collections.OrderedDict") is OrderedDict, attempt(from_qualified_name, "os.nothing_there")
    )
    print(import_object("os.path.join") is os.path.join, attempt(import_object, "os.path:join") is os.path.join)
    print(
        attempt(import_object, "no_such_module.thing"),
        attempt(import_object, "os:nothing_there"),
        attempt(import_object, "os") is os,
    )
    json = lazy_import("json")
    print(
        type(json).__name__ in ("module", "_LazyModule"),
        json.dumps([1]),
        attempt(lazy_import, "no_such_module", error_on_import=True),
    )
    missing = attempt(lazy_import, "no_such_module", help_message="install it")
    print(attempt(lambda: missing.anything))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a_script.py")
        with open(path, "w") as file:
            file.write("import neighbour\nvalue = neighbour.value + 1\nname = __name__\n")
        with open(os.path.join(folder, "neighbour.py"), "w") as file:
            file.write("value = 1\n")
        module = load_script_as_module(path)
        print(module.value, module.name, import_object(f"{path}:value"))
        with open(path, "w") as file:
            file.write("raise ValueError('bad')\n")
        print(attempt(load_script_as_module, path), attempt(load_script_as_module, os.path.join(folder, "none.py")))


def names() -> None:
    print(
        OBFUSCATED_PREFIX,
        obfuscate_string("secret-token"),
        obfuscate_string("secret-token", show_tail=True),
        obfuscate_string("abc", True),
    )
    print(obfuscate("secret"), obfuscate(12345678, show_tail=True), obfuscate(None), obfuscate(""))
    # Some of the words have a hyphen of their own.
    print(generate_slug(2).count("-") >= 1, generate_slug(3).count("-") >= 2)
    print(
        truncated_to(5, "abcdefgh"), truncated_to(10, "abcdefgh"), repr(truncated_to(5, None)), truncated_to(3, "abcd")
    )
    print(
        fuzzy_match_string("retrys", ["retries", "timeout"]),
        fuzzy_match_string("xyz", ["retries"]),
        fuzzy_match_string("tags", []),
    )
    print(fuzzy_match_string("aa", ["ab", "ac"], n=2, cutoff=0.1))


if __name__ == "__main__":
    visiting()
    collections()
    imports()
    names()
