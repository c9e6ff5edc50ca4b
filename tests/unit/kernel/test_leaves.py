"""Walking nested values visits what lies in plain containers, within its budget."""

from headrace._kernel.leaves import WALK_BUDGET, leaves


def test_leaves_lie_in_nested_containers() -> None:
    marker = object()
    nested = {"a": [1, (2, {3, 4})], "b": {"c": frozenset({5}), "d": marker}}
    found = list(leaves(nested))
    assert {item for item in found if type(item) is int} == {1, 2, 3, 4, 5}
    assert any(item is marker for item in found)


def test_a_container_is_visited_itself() -> None:
    inner = [1, 2]
    assert any(item is inner for item in leaves({"x": inner}))


def test_what_merely_behaves_like_a_container_is_a_leaf() -> None:
    class Frame(list[int]):
        pass

    frame = Frame([1, 2, 3])
    assert list(leaves(frame)) == [frame]


def test_a_walk_is_bounded_however_much_there_is() -> None:
    assert sum(1 for _ in leaves(list(range(1_000_000)))) == WALK_BUDGET
    deep: list[object] = []
    for _ in range(WALK_BUDGET * 2):
        deep = [deep]
    assert sum(1 for _ in leaves(deep)) == WALK_BUDGET


def test_a_value_that_holds_itself_ends() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    assert sum(1 for _ in leaves(loop)) <= WALK_BUDGET
