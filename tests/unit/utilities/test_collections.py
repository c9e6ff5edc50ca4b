"""Nested collections, visited and rebuilt; what equals the peer is in tests/peer/scripts/utilities.py."""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, PrivateAttr

from headrace.utilities.annotations import quote
from headrace.utilities.collections import (
    StopVisiting,
    deep_merge,
    dict_to_flatdict,
    flatdict_to_dict,
    get_from_dict,
    isiterable,
    set_in_dict,
    visit_collection,
)


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Order:
    number: int
    kept: list[int] = field(default_factory=lambda: [7], init=False)


class Model(BaseModel):
    number: int
    _private: int = PrivateAttr(default=3)


def plus_one(value: Any) -> Any:
    return value + 1 if type(value) is int else value


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ([1, (2, {3})], [2, (3, {4})]),
        ({"a": 1, 2: OrderedDict(b=3)}, {"a": 2, 3: OrderedDict(b=4)}),
        (defaultdict(list, a=1), defaultdict(list, a=2)),
        (Point(1, 2), Point(2, 3)),
        (Model(number=1), Model(number=2)),
        (quote([1]), quote([2])),
        (frozenset({1}), frozenset({2})),
        (5, 6),
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_that_lies_inside_is_replaced(given: Any, made: Any) -> None:
    result = visit_collection(given, plus_one, return_data=True)
    assert result == made
    assert type(result) is type(made)


def test_fields_that_are_not_given_to_the_class_are_visited() -> None:
    result = visit_collection(Order(1), plus_one, return_data=True)
    assert (result.number, result.kept) == (2, [8])


@pytest.mark.parametrize("given", [[1, [2]], {"a": [1]}, Point(1, 2), Order(1), Model(number=1), quote([1])])
def test_what_nothing_changed_in_is_the_very_same(given: Any) -> None:
    assert visit_collection(given, lambda value: value, return_data=True) is given


def test_without_return_data_values_are_only_looked_at() -> None:
    seen: list[Any] = []
    given = {"a": [1]}
    assert visit_collection(given, seen.append) is None
    assert seen == [given, "a", [1], 1]


def test_a_value_that_holds_itself_is_entered_once() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    seen: list[Any] = []
    visit_collection(loop, lambda value: seen.append(type(value)))
    assert seen == [list, int]


def test_an_object_that_lies_in_two_places_is_visited_in_both() -> None:
    shared = [1]
    assert visit_collection([shared, shared], plus_one, return_data=True) == [[2], [2]]


def test_a_depth_bounds_the_walk() -> None:
    assert visit_collection([1, [2, [3]]], plus_one, return_data=True, max_depth=2) == [2, [3, [3]]]


def test_a_function_stops_the_walk_below_a_value() -> None:
    def stops(value: Any) -> Any:
        if isinstance(value, list):
            raise StopVisiting
        return plus_one(value)

    assert visit_collection({"a": [1], "b": 2}, stops, return_data=True) == {"a": [1], "b": 3}


def test_each_value_gets_a_copy_of_its_holders_context() -> None:
    def deep(value: Any, context: dict[str, int]) -> Any:
        context["depth"] += 1
        return context["depth"] if type(value) is int else value

    assert visit_collection([0, [0], 0], deep, return_data=True, context={"depth": 0}) == [2, [3], 2]


def test_annotations_can_be_taken_off() -> None:
    assert visit_collection([quote([1])], plus_one, return_data=True, remove_annotations=True) == [[2]]


def test_nested_dicts_are_flattened_and_back() -> None:
    nested = {1: {2: {3: 4}, 5: 6}, 7: {}}
    flat = dict_to_flatdict(nested)
    assert flat == {(1, 2, 3): 4, (1, 5): 6, (7,): {}}
    assert flatdict_to_dict(flat) == nested


def test_a_merge_changes_neither() -> None:
    left, right = {"a": {"b": 1}}, {"a": {"c": 2}}
    assert deep_merge(left, right) == {"a": {"b": 1, "c": 2}}
    assert (left, right) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_values_are_read_and_written_by_paths() -> None:
    values: dict[str, Any] = {"a": [{"b": 1}]}
    assert get_from_dict(values, "a[0].b") == get_from_dict(values, ["a", 0, "b"]) == 1
    assert get_from_dict(values, "a[5].b", "none") == "none"
    set_in_dict(values, "c.d", 2)
    assert values["c"] == {"d": 2}
    with pytest.raises(TypeError, match="There is no dict at 'd'"):
        set_in_dict(values, "c.d.e", 3)


def test_texts_and_files_are_no_collections(tmp_path: Any) -> None:
    with (tmp_path / "file").open("w") as file:
        assert [isiterable(value) for value in ("ab", b"ab", file, [1], {1: 2})] == [False, False, False, True, True]
