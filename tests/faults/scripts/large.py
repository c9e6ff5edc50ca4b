"""Records of megabytes: lines and failures that fill one segment after the other, of both series."""

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run

LARGE = 3 << 20
COUNT = 8


@task
def fail(number: int) -> None:
    line = f"line {number} of {task_run.id} " + "x" * LARGE
    get_run_logger().debug("not shown")
    get_run_logger().info(line)
    witness.logged(line[:80], flow_run.id, task_run.id)
    raise LookupError(f"{task_run.id} " + "y" * LARGE)


@flow
def large() -> None:
    witness.flow_began(flow_run.id)
    for number in range(COUNT):
        try:
            fail(number)
        except LookupError as error:
            witness.task_ended(str(error).partition(" ")[0], flow_run.id, "Failed")
    witness.flow_ending(flow_run.id, "Completed")


if __name__ == "__main__":
    state = large(return_state=True)
    witness.flow_ended(str(state.state_details.flow_run_id), state.name)
