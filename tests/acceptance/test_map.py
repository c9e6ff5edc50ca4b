"""Maps: a run for each item of what can be iterated over."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from headrace import allow_failure, flow, task, unmapped
from headrace.exceptions import MappingLengthMismatch, MappingMissingIterable, ParameterBindError, UnfinishedRun
from headrace.futures import HeadraceFutureList
from headrace.utilities.annotations import opaque
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


@task
def pair(a: Any, b: Any = (1, 2, 3)) -> Any:
    return a, b


@task
def anything(*args: Any, **kwargs: Any) -> Any:
    return args, kwargs


@task
def numbers() -> list[int]:
    return [10, 20]


@task
def fails() -> list[int]:
    raise ValueError("no rows")


class Loader:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __iter__(self) -> Any:
        raise AssertionError("an instance whose method is mapped is not mapped over")

    @task
    def scaled(self, x: int) -> int:
        return x * self.factor


@pytest.mark.parametrize(
    ("ask", "results"),
    [
        (lambda: pair.map([1, 2], [3, 4]), [(1, 3), (2, 4)]),
        (lambda: pair.map([1, 2], 3), [(1, 3), (2, 3)]),
        (lambda: pair.map([1, 2]), [(1, (1, 2, 3)), (2, (1, 2, 3))]),
        (lambda: pair.map([1, 2], unmapped([3])), [(1, [3]), (2, [3])]),
        (lambda: pair.map([1, 2], opaque([3])), [(1, [3]), (2, [3])]),
        (lambda: pair.map("ab", [1, 2]), [("ab", 1), ("ab", 2)]),
        (lambda: pair.map(b"ab", b=[1]), [(b"ab", 1)]),
        (lambda: pair.map({"x": 1, "y": 2}, range(2)), [("x", 0), ("y", 1)]),
        (lambda: pair.map((i for i in range(2)), 1), [(0, 1), (1, 1)]),
        (lambda: pair.map(allow_failure([1, 2]), 1), [(1, 1), (2, 1)]),
        (lambda: pair.map([1, 2], numbers.submit()), [(1, 10), (2, 20)]),
        (lambda: pair.map(numbers.submit(), unmapped([3])), [(10, [3]), (20, [3])]),
        (lambda: pair.map([1, 2], unmapped(numbers.submit())), [(1, [10, 20]), (2, [10, 20])]),
        (lambda: pair.map(pair.map([1, 2], 0), 5), [((1, 0), 5), ((2, 0), 5)]),
        (lambda: pair.map([allow_failure(fails.submit())], 5), None),
        (lambda: anything.map([1, 2], [5, 6]), [((1, 2), {}), ((5, 6), {})]),
        (lambda: anything.map(x=[1, 2], y=3), [((), {"x": 1, "y": 3}), ((), {"x": 2, "y": 3})]),
        (lambda: Loader(3).scaled.map([1, 2]), [3, 6]),
        (lambda: pair.map([], 1), []),
    ],
)
def test_what_each_run_is_given(ask: Callable[[], Any], results: Any) -> None:
    @flow
    def pipeline() -> None:
        futures = ask()
        assert isinstance(futures, HeadraceFutureList)
        found = futures.result(raise_on_failure=False)
        if results is None:
            assert [type(error) for error, _ in found] == [ValueError]
        else:
            assert found == results

    pipeline()


@pytest.mark.parametrize(
    ("ask", "error", "told"),
    [
        (lambda: pair.map(5), MappingMissingIterable, "must include at least one iterable"),
        (lambda: pair.map("ab"), MappingMissingIterable, "must include at least one iterable"),
        (lambda: pair.map(io.StringIO("a\nb")), MappingMissingIterable, "must include at least one iterable"),
        (lambda: pair.map([1, 2], [1]), MappingLengthMismatch, r"{'a': 2, 'b': 1}"),
        (pair.map, ParameterBindError, "missing a required argument: 'a'"),
        (lambda: pair.map([1], [2], [3]), ParameterBindError, "too many positional arguments"),
        (lambda: pair.map(fails.submit()), UnfinishedRun, "nothing to map over"),
    ],
)
def test_what_cannot_be_mapped_is_refused(ask: Callable[[], Any], error: type[Exception], told: str) -> None:
    @flow
    def pipeline() -> None:
        with pytest.raises(error, match=told):
            ask()

    pipeline()


def test_a_map_over_futures_draws_an_edge_from_each(face: Face, stored: Stored) -> None:
    @face.task
    def extract(x: int) -> int:
        return x

    @face.task
    def load(data: Any, all_of_it: Any) -> Any:
        return data

    @face.flow
    def pipeline() -> Any:
        extracted = extract.map([1000, 2000, 3000])
        return load.map(extracted, unmapped(extracted)).result()

    assert face.run(pipeline) == [1000, 2000, 3000]
    extracted = [run.id for run in stored.task_runs() if run.name.startswith("extract")]
    loads = [stored.inputs(run) for run in stored.task_runs() if run.name.startswith("load")]
    assert [inputs["data"] for inputs in loads] == [[run_id] for run_id in extracted]
    assert all(sorted(inputs["all_of_it"]) == extracted for inputs in loads)


def test_a_map_over_a_result_draws_edges_from_its_maker(face: Face, stored: Stored) -> None:
    @face.task
    def extract() -> list[int]:
        return [1, 2]

    @face.task
    def load(x: int) -> int:
        return x

    @face.flow
    def pipeline() -> Any:
        return load.map(extract.submit()).result()

    assert face.run(pipeline) == [1, 2]
    extract_id = stored.task_run("extract").id
    loads = [run for run in stored.task_runs() if run.name.startswith("load")]
    assert [stored.inputs(run) for run in loads] == [{"x": [extract_id]}] * 2


def test_results_that_are_mapped_over_are_edges_though_they_wait_long(stored: Stored) -> None:
    @task
    def make(x: int) -> str:
        return f"made {x}"

    @task
    def use(value: str) -> str:
        return value

    @flow
    def pipeline() -> None:
        made = [make(x) for x in range(200)]
        futures = use.map(made)
        for x in range(300):  # More than a flow remembers by identity.
            make(x)
        futures.wait()

    pipeline()
    uses = [run for run in stored.task_runs() if run.name.startswith("use")]
    assert all(stored.inputs(run) for run in uses)


def test_a_wait_for_holds_for_each_run(face: Face, stored: Stored) -> None:
    @face.task
    def one(x: int) -> int:
        return x

    @face.task
    def breaks() -> None:
        raise ValueError("no")

    @face.flow
    def pipeline() -> Any:
        failed = breaks.submit()
        futures = one.map([1, 2], wait_for=(future for future in [failed]))
        futures.wait()
        return [future.state.name for future in futures]

    assert face.run(pipeline) == ["NotReady", "NotReady"]


def test_the_states_of_a_map(face: Face) -> None:
    @face.task
    def invert(x: int) -> float:
        return 1 / x

    @face.flow
    def pipeline() -> Any:
        states = invert.map([1, 0], return_state=True)
        return [str(state.name) for state in states]

    assert face.run(pipeline) == ["Completed", "Failed"]
