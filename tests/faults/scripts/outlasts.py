"""A flow in two halves: between them the test does something to the home. What it returns is printed.

Arguments: how many tasks each half has, and how many bytes each task's failure carries into the stream.
"""

import sys

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run


@task
def work(number: int) -> str | None:
    line = f"number {number} of {flow_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id


@task
def fail(size: int) -> None:
    raise LookupError(f"{task_run.id} {'x' * size}")


def half(count: int, size: int) -> None:
    for number in range(count):
        line = work(number + (count if witness.exists("go") else 0))
        witness.task_ended(line, flow_run.id)
        if size:
            try:
                fail(size)
            except LookupError as error:
                witness.task_ended(str(error).partition(" ")[0], flow_run.id, "Failed")


@flow
def outlasts(count: int, size: int) -> int:
    witness.flow_began(flow_run.id)
    half(count, size)
    witness.made("half")
    witness.await_file("go")
    half(count, size)
    witness.flow_ending(flow_run.id, "Completed")
    witness.made("whole")
    if len(sys.argv) > 3:
        witness.await_file(sys.argv[3])
    return 2 * count


if __name__ == "__main__":
    state = outlasts(int(sys.argv[1]), int(sys.argv[2]), return_state=True)
    witness.flow_ended(str(state.state_details.flow_run_id), state.name)
    print("result", state.result())
