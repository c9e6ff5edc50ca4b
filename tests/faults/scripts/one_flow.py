"""A small script: one flow of five tasks, each with a line, one of which fails and is handled."""

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run


@task
def work(number: int) -> tuple[str | None, str]:
    line = f"work {number} of {flow_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id, line


@task
def fail() -> None:
    raise LookupError(task_run.id)


@flow
def small() -> int:
    witness.flow_began(flow_run.id)
    for number in range(5):
        run_id, _ = work(number)
        witness.task_ended(run_id, flow_run.id)
    try:
        fail()
    except LookupError as error:
        witness.task_ended(str(error), flow_run.id, "Failed")
    witness.flow_ending(flow_run.id, "Completed")
    return 5


if __name__ == "__main__":
    state = small(return_state=True)
    witness.flow_ended(str(state.state_details.flow_run_id), state.name)
    print("result", state.result())
