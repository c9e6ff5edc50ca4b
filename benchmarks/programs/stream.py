"""Flows of 1,000 no-op tasks one after the other for so long: `stream.py SECONDS`. Prints how many tasks it ran."""

import sys
import time

from headrace import flow, task

TASKS = 1_000


@task
def nothing(number: int) -> None:
    return None


@flow
def some() -> None:
    for number in range(TASKS):
        nothing(number)


if __name__ == "__main__":
    until = time.monotonic() + float(sys.argv[1])
    flows = 0
    while time.monotonic() < until:
        some()
        flows += 1
    print(flows * TASKS)
