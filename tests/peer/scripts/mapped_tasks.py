"""Maps: broadcast, unmapped, lists of futures, a future of a list, keyword items, mismatches."""

from typing import Any

from prefect import flow, task, unmapped
from prefect.exceptions import MappingLengthMismatch, MappingMissingIterable


@task
def scale(x: int, factor: int = 2) -> int:
    return x * factor


@task
def pair(left: Any, right: Any) -> str:
    return f"{left} and {right}"


@task
def gather(*args: Any, **kwargs: Any) -> str:
    return f"{args} and {sorted(kwargs.items())}"


@task
def numbers() -> list[int]:
    return [1000, 2000]


# The peer knows results, and what lies in them, by their addresses, which others have when they are dropped. So they
# are kept, and hold none of the arguments: else edges come and go as the runs of a map happen to follow each other.
kept: list[Any] = []


def results(futures: Any) -> Any:
    kept.append(futures)
    return futures.result()


@flow
def pipeline() -> None:
    scaled = scale.map([1000, 2000, 3000])
    print(scaled.result())
    print(results(scale.map(scaled)))
    print(results(scale.map(scaled, factor=[1, 2, 3])))
    print(results(scale.map(numbers.submit(), 5)))
    print(results(pair.map([1, 2], unmapped([3, 4]))))
    print(results(pair.map("ab", {"x": 1, "y": 2})))
    print(results(pair.map((n for n in range(2)), unmapped(scaled))))
    states = scale.map([1, 2], return_state=True)
    kept.append(states)
    print([state.name for state in states])
    print(len(scale.map([])))
    for ask in (lambda: scale.map(5), lambda: pair.map([1, 2], [3])):
        try:
            ask()
        except (MappingMissingIterable, MappingLengthMismatch) as error:
            print(type(error).__name__, error)


@flow
def positional() -> None:
    print(results(gather.map([1, 2], [5, 6])))


@flow
def by_name() -> None:
    print(results(gather.map(x=[1, 2], y=3)))


if __name__ == "__main__":
    pipeline()
    positional()
    by_name()
