"""Maps: broadcast, unmapped, lists of futures, a future of a list, keyword items, mismatches."""

from typing import Any

from prefect import flow, task, unmapped
from prefect.exceptions import MappingLengthMismatch, MappingMissingIterable


@task
def scale(x: int, factor: int = 2) -> int:
    return x * factor


@task
def pair(left: Any, right: Any) -> Any:
    return (left, right)


@task
def gather(*args: Any, **kwargs: Any) -> Any:
    return args, sorted(kwargs.items())


@task
def numbers() -> list[int]:
    return [1000, 2000]


@flow
def pipeline() -> None:
    scaled = scale.map([1000, 2000, 3000])
    print(scaled.result())
    print(scale.map(scaled).result())
    print(scale.map(scaled, factor=[1, 2, 3]).result())
    print(scale.map(numbers.submit(), 5).result())
    print(pair.map([1, 2], unmapped([3, 4])).result())
    print(pair.map("ab", {"x": 1, "y": 2}).result())
    print(pair.map((n for n in range(2)), unmapped(scaled)).result())
    print([state.name for state in scale.map([1, 2], return_state=True)])
    print(len(scale.map([])))
    for ask in (lambda: scale.map(5), lambda: pair.map([1, 2], [3])):
        try:
            ask()
        except (MappingMissingIterable, MappingLengthMismatch) as error:
            print(type(error).__name__, error)


@flow
def positional() -> None:
    print(gather.map([1, 2], [5, 6]).result())


@flow
def by_name() -> None:
    print(gather.map(x=[1, 2], y=3).result())


if __name__ == "__main__":
    pipeline()
    positional()
    by_name()
