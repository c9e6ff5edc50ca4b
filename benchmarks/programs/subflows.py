"""So many no-op flows, called one after the other in a flow: `subflows.py COUNT`. Prints the milliseconds of each."""

import sys
import time

from headrace import flow


@flow
def nothing() -> None:
    return None


@flow
def many(count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        nothing()
    return (time.perf_counter() - started) / count * 1e3


if __name__ == "__main__":
    print(many(int(sys.argv[1])))
