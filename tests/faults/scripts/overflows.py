"""A flow that reports far more than can be stored meanwhile, and then waits to be killed. The argument says what of.

states: while no file may grow, so that they go to memory; then the files may grow again, and they go to the disk.
lines: more of them than the bound on lines that wait.

What of this may be lost was said to be, so the witness is told of none of it before it is on the disk.
"""

import resource
import sys

import witness

from headrace import flow, get_run_logger, task
from headrace._engine.session import hello
from headrace.runtime import flow_run, task_run

MIB = 1 << 20
FAILURES = 8
LINES = 64


@task
def fail() -> None:
    raise LookupError(f"{task_run.id} {'x' * 3 * MIB}")


def failed_tasks() -> list[str]:
    run_ids: list[str] = []
    for _ in range(FAILURES):
        try:
            fail()
        except LookupError as error:
            run_ids.append(str(error).partition(" ")[0])
    return run_ids


def states() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, hard))
    run_ids = failed_tasks()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    recording = hello().recording
    assert recording is not None
    # A file has its size before it has its bytes: the journal itself knows what is on the disk.
    witness.await_until(lambda: recording.journal.in_memory() == 0)
    for run_id in run_ids:
        witness.task_ended(run_id, flow_run.id, "Failed")
    witness.made("on-disk")


def lines() -> None:
    for number in range(LINES):
        get_run_logger().info(f"{number} {'y' * MIB}")
    witness.made("on-disk")


@flow
def overflows() -> None:
    witness.flow_began(flow_run.id)
    witness.made("half")
    witness.await_file("go")
    {"states": states, "lines": lines}[sys.argv[1]]()
    witness.await_file("never")


if __name__ == "__main__":
    overflows()
