"""So many no-op tasks at once on threads: `map.py COUNT`."""

import sys

from headrace import flow, task


@task
def nothing(number: int) -> None:
    return None


@flow
def many(count: int) -> None:
    nothing.map(range(count)).wait()


if __name__ == "__main__":
    many(int(sys.argv[1]))
