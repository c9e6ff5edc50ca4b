"""A flow that computes, or keeps the interpreter's lock in C, with short tasks in between, until the test ends it."""

import ctypes
import sys

import witness

from headrace import flow, task
from headrace.runtime import flow_run, task_run

MICROSECONDS = 700_000


@task
def compute() -> str | None:
    sum(number * number for number in range(300_000))
    return task_run.id


@task
def hold() -> str | None:
    ctypes.PyDLL(None).usleep(MICROSECONDS)
    return task_run.id


@flow
def hog(kind: str) -> str | None:
    witness.flow_began(flow_run.id)
    work = {"compute": compute, "hold": hold}[kind]
    while not witness.exists("stop"):
        witness.task_ended(work(), flow_run.id)
        witness.made(f"{kind}-began")
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


if __name__ == "__main__":
    witness.flow_ended(hog(sys.argv[1]), "Completed")
