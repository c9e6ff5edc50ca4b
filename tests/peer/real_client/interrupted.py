"""A script of the peer whose server goes away and comes back in the middle, as the files named by its arguments say."""

import sys
import time
from pathlib import Path

from prefect import flow, task

went, came_back = Path(sys.argv[1]), Path(sys.argv[2])


@task
def step(number: int) -> int:
    return number


def wait_for(file: Path) -> None:
    while not file.exists():
        time.sleep(0.05)


@flow(flow_run_name="interrupted")
def interrupted() -> None:
    for number in range(30):
        step(number)
    Path(f"{went}.please").touch()
    wait_for(went)
    for number in range(30):
        step(number)
    wait_for(came_back)
    for number in range(30):
        step(number)


if __name__ == "__main__":
    interrupted()
