"""A flow that hogs the interpreter for some seconds between its tasks: `burning.py cpu|gil SECONDS`.

`cpu` computes in Python, which gives the GIL away every 5 ms; `gil` sleeps in C with the GIL held, a second at a time.
"""

import ctypes
import sys
import time

from headrace import flow, task

HELD_MICROSECONDS = 1_000_000


@task
def burn(seconds: float) -> int:
    until = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < until:
        rounds += sum(range(100))
    return rounds


@task
def hold() -> int:
    # PyDLL, other than CDLL, keeps the GIL during the call.
    return ctypes.PyDLL(None).usleep(HELD_MICROSECONDS)


@flow
def hog(how: str, seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        if how == "gil":
            hold()
        else:
            burn(0.01)


if __name__ == "__main__":
    hog(sys.argv[1], float(sys.argv[2]))
