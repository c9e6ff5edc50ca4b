"""Walking nested values visits what lies in plain containers, within its budget."""

from itertools import chain
from typing import Any

from headrace._kernel.leaves import WALK_BUDGET, levels


def inside(value: Any) -> list[Any]:
    """All that a walk visits."""
    return list(chain.from_iterable(levels(value)))


def test_leaves_lie_in_nested_containers() -> None:
    marker = object()
    nested = {"a": [1, (2, {3, 4})], "b": {"c": frozenset({5}), "d": marker}}
    found = inside(nested)
    assert {item for item in found if type(item) is int} == {1, 2, 3, 4, 5}
    assert any(item is marker for item in found)


def test_a_container_is_visited_itself() -> None:
    inner = [1, 2]
    assert any(item is inner for item in inside({"x": inner}))


def test_what_merely_behaves_like_a_container_is_a_leaf() -> None:
    class Frame(list[int]):
        pass

    frame = Frame([1, 2, 3])
    assert inside(frame) == [frame]


def test_a_walk_is_bounded_however_much_there_is() -> None:
    assert len(inside(list(range(1_000_000)))) == WALK_BUDGET + 1
    assert len(inside([[number] for number in range(1_000_000)])) == 2 * WALK_BUDGET + 1
    deep: list[object] = []
    for _ in range(WALK_BUDGET * 2):
        deep = [deep]
    assert 1000 < len(inside(deep)) < WALK_BUDGET / 4


def test_what_lies_deep_is_found_beside_what_is_long() -> None:
    marker = object()
    for arguments in ([[[[marker]]], list(range(100_000))], {"a": {"b": [marker]}, "c": list(range(100_000))}):
        assert any(item is marker for item in inside(arguments))


def test_a_value_that_holds_itself_ends() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    assert len(inside(loop)) <= WALK_BUDGET
