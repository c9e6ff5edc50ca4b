"""Tasks in a pool of one process: the script writes down what became of each, and prints what their futures give.

pool.py COUNT [STAY]; with STAY, it waits before the first task, and once more when its flow has ended.
"""

import json
import sys

import witness

from headrace import flow, get_run_logger, task
from headrace.exceptions import HeadraceException
from headrace.runtime import flow_run
from headrace.task_runners import ProcessPoolTaskRunner

STAYS = len(sys.argv) > 2


@task(task_run_name="step-{number}")
def step(number: int) -> int:
    get_run_logger().info(f"line {number}")
    return number


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def pool(count: int) -> list[object]:
    witness.flow_began(flow_run.id)
    if STAYS:
        witness.made("waiting")
        witness.await_file("go")
    given: list[object] = []
    for future in step.map(range(count)):
        try:
            given.append(future.result())
        except HeadraceException as error:
            given.append(type(error).__name__)
        witness.task_ended(str(future.task_run_id), flow_run.id, future.state.name)
    witness.flow_ending(flow_run.id, "Completed")
    return given


if __name__ == "__main__":
    print(json.dumps(pool(int(sys.argv[1]))))
    if STAYS:
        witness.made("ended")
        witness.await_file("finish")
