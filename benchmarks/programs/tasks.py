"""So many no-op tasks, called one after the other in a flow: `tasks.py COUNT`. Prints the microseconds of each call."""

import sys
import time

from headrace import flow, task


@task
def nothing(number: int) -> None:
    return None


@flow
def many(count: int) -> float:
    started = time.perf_counter()
    for number in range(count):
        nothing(number)
    return (time.perf_counter() - started) / max(count, 1) * 1e6


if __name__ == "__main__":
    print(many(int(sys.argv[1])))
