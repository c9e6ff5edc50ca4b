"""Six sessions in one process, one after the other: as many journals are born, drained and ended."""

import witness

from headrace import flow, get_run_logger, task
from headrace._engine.session import close_session
from headrace.runtime import flow_run, task_run


@task
def work(number: int) -> str | None:
    line = f"session work {number} of {flow_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id


@flow
def session(number: int) -> str | None:
    run_id = flow_run.id
    witness.flow_began(run_id)
    for item in range(3):
        witness.task_ended(work(item), run_id)
    witness.flow_ending(run_id, "Completed")
    return run_id


if __name__ == "__main__":
    for number in range(6):
        witness.flow_ended(session(number), "Completed")
        close_session()
