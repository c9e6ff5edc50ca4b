"""Runs until it is killed: async flows whose tasks run side by side on one loop."""

import asyncio
import itertools

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run

numbers = itertools.count()


@task
async def work() -> str | None:
    await asyncio.sleep(0)
    line = f"async line {next(numbers)} of {flow_run.id} in {task_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id


@flow
async def child() -> str | None:
    witness.flow_began(flow_run.id)
    for run_id in await asyncio.gather(*[work() for _ in range(8)]):
        witness.task_ended(run_id, flow_run.id)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


@flow
async def parent() -> str | None:
    witness.flow_began(flow_run.id)
    for run_id in await asyncio.gather(child(), child()):
        witness.flow_ended(run_id, "Completed")
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


async def main() -> None:
    while True:
        witness.flow_ended(await parent(), "Completed")


if __name__ == "__main__":
    asyncio.run(main())
