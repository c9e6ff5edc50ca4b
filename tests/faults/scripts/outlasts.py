"""A flow in two halves: between them the test does something to the home. What it returns is printed.

Arguments: how many tasks the halves have, how many bytes each task's failure carries into the stream (0: none fails),
and the name of a file to wait for before the flow returns.
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


def half(numbers: range, size: int) -> None:
    for number in numbers:
        witness.task_ended(work(number), flow_run.id)
        if size:
            try:
                fail(size)
            except LookupError as error:
                witness.task_ended(str(error).partition(" ")[0], flow_run.id, "Failed")


@flow
def outlasts(first: int, second: int, size: int) -> int:
    witness.flow_began(flow_run.id)
    half(range(first), size)
    witness.made("half")
    witness.await_file("go")
    half(range(first, first + second), size)
    witness.flow_ending(flow_run.id, "Completed")
    witness.made("whole")
    if len(sys.argv) > 4:
        witness.await_file(sys.argv[4])
    return first + second


if __name__ == "__main__":
    state = outlasts(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), return_state=True)
    witness.flow_ended(str(state.state_details.flow_run_id), state.name)
    print("result", state.result())
