"""A no-op task that is given very much: `large_arguments.py`. Prints, as JSON, the milliseconds of a call for each."""

import json
import time
from statistics import median
from typing import Any

from headrace import flow, task

GIGABYTE = 1_000_000_000
ITEMS = 10_000_000
CALLS = 21


class Array:
    """As a library's array: a length, items by number, and a buffer behind it."""

    def __init__(self, buffer: bytearray) -> None:
        self._buffer = buffer

    def __len__(self) -> int:
        return len(self._buffer)

    def __getitem__(self, index: int) -> int:
        return self._buffer[index]


@task
def nothing(value: Any) -> None:
    return None


@task
def made() -> list[int]:
    return [1]


@flow
def timed(arguments: dict[str, Any], suffix: str) -> dict[str, float]:
    """The medians of some calls, in a flow with a result that arguments are compared with."""
    known = made()
    taken: dict[str, list[float]] = {name + suffix: [] for name in arguments}
    for name, argument in arguments.items():
        for _ in range(CALLS):
            started = time.perf_counter()
            nothing(argument)
            taken[name + suffix].append((time.perf_counter() - started) * 1000)
    assert known == [1]
    return {name: median(times) for name, times in taken.items()}


def main() -> dict[str, float]:
    buffer = bytearray(GIGABYTE)
    items = list(range(ITEMS))
    arguments = {
        "1 GB": buffer,
        "an array of 1 GB": Array(buffer),
        "10,000,000 items": items,
        "a dict with them": {"rows": items},
        "100,000 lists": [[number] for number in range(100_000)],
    }
    before = timed.with_options(validate_parameters=False)(arguments, "")

    from headrace.states import Completed

    Completed()
    return {**before, **timed.with_options(validate_parameters=False)(arguments, ", once there is a state")}


if __name__ == "__main__":
    print(json.dumps(main()))
