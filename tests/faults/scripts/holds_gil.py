"""A flow whose C code keeps the interpreter's lock for as many seconds as the argument says; no thread runs then."""

import ctypes
import sys

import witness

from headrace import flow, task
from headrace.runtime import flow_run, task_run


@task
def work() -> str | None:
    return task_run.id


@flow
def hold(seconds: int) -> str | None:
    witness.flow_began(flow_run.id)
    witness.task_ended(work(), flow_run.id)
    witness.made("holding")
    # A PyDLL does not give the lock back around its calls.
    ctypes.PyDLL(None).sleep(seconds)
    witness.made("held")
    witness.task_ended(work(), flow_run.id)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


if __name__ == "__main__":
    witness.flow_ended(hold(int(sys.argv[1])), "Completed")
