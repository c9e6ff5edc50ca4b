"""Generic and overloaded functions, callable objects and classes of users as flows and tasks."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar, assert_type, overload

from headrace import flow, task
from headrace.flows import Flow
from headrace.states import State
from headrace.tasks import Task

T = TypeVar("T")
N = TypeVar("N", int, float)
P = ParamSpec("P")


@task
def first(items: Sequence[T]) -> T:
    return items[0]


@task(name="Doubled")
def doubled(number: N) -> N:
    return number * 2


@flow
async def gathered(items: Iterable[T], *, twice: bool = False) -> list[T]:
    return [*items, *items] if twice else list(items)


def generic() -> None:
    assert_type(first(["a", "b"]), str)
    assert_type(first([1, 2]), int)
    assert_type(first(items=[b"a"]), bytes)
    assert_type(doubled(2), int)
    assert_type(doubled(2.5), float)


def state_of_a_generic_one() -> None:
    """No type says "these arguments, and return_state": a result that they alone would tell is to be said by users."""
    state: State[float] = first([1.5], return_state=True)
    assert_type(state.result(), float)


async def generic_async() -> None:
    assert_type(await gathered("ab"), list[str])
    assert_type(await gathered([b"a"], twice=True), list[bytes])


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item

    @task
    def opened(self, times: int) -> list[T]:
        return [self.item] * times


def of_a_generic_class(box: Box[bytes]) -> None:
    assert_type(box.opened(2), list[bytes])
    assert_type(Box(1).opened(2), list[int])


@overload
def parsed(text: str) -> int: ...


@overload
def parsed(text: bytes, encoding: str) -> float: ...


def parsed(text: str | bytes, encoding: str = "") -> int | float:
    return int(text) if isinstance(text, str) else float(text.decode(encoding))


parsed_task = task(parsed)


def overloaded() -> None:
    """Of an overloaded function, a ParamSpec takes the first signature alone."""
    assert_type(parsed_task("1"), int)
    assert_type(parsed(b"1", "utf-8"), float)
    parsed_task(b"1", "utf-8")  # pyright: ignore[reportCallIssue]


@task
def of_any_keywords(*args: Any, **kwargs: Any) -> int:
    return len(args) + len(kwargs)


def any_keywords() -> None:
    assert_type(of_any_keywords(1, a=2), int)
    assert_type(of_any_keywords(1, a=2, return_state=True), State[int])
    assert_type(of_any_keywords(1, a=2, wait_for=[]), int)


class Multiplier:
    def __init__(self, by: int) -> None:
        self.by = by

    def __call__(self, number: int) -> str:
        return str(number * self.by)


def objects() -> None:
    assert_type(task(Multiplier(2))(3), str)
    assert_type(task(Multiplier(2).__call__)(3), str)
    assert_type(flow(Multiplier(2), name="Multiplied")(3), str)
    assert_type(task(len)([1]), int)


def tracked(fn: Callable[P, T]) -> Flow[P, T]:
    """A decorator of a user, made of ours."""
    step: Task[P, T] = task(name=fn.__qualname__)(fn)

    @flow(name=fn.__qualname__)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return step(*args, **kwargs)

    return run


@tracked
def loaded(path: str, *, limit: int = 10) -> list[str]:
    return [path] * limit


def wrapped() -> None:
    assert_type(loaded("a", limit=2), list[str])
    assert_type(loaded("a", return_state=True), State[list[str]])


def handed_on(step: Task[[int], str], job: Flow[..., float]) -> None:
    """Flows and tasks as arguments, which users annotate by the classes."""
    assert_type(step(1), str)
    assert_type(job("a", b=1), float)
    handed_on(task(Multiplier(2)), job)
