"""The flow leaves by SystemExit from within a task: the run has crashed, and the script has its exit code."""

import sys

from prefect import flow, task


@task
def give_up() -> None:
    sys.exit(3)


@flow
def abandon() -> None:
    give_up()


if __name__ == "__main__":
    abandon()
