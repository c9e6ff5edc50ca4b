"""One flow of as many tasks as the argument says, each with a line; it begins when the test says so."""

import sys

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run


@task
def work(number: int) -> str | None:
    line = f"many {number} of {flow_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id


@flow
def many(count: int) -> str | None:
    witness.flow_began(flow_run.id)
    for number in range(count):
        witness.task_ended(work(number), flow_run.id)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


if __name__ == "__main__":
    witness.await_file("go")
    witness.flow_ended(many(int(sys.argv[1])), "Completed")
