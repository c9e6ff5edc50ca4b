"""Loggers in helper functions of flows and tasks, with arguments, extras and levels set by the script."""

import logging

from prefect import flow, get_run_logger, task


def helper(what: str) -> None:
    get_run_logger().info("helping with %r", what, extra={"size": 3})


@task
def work(n: int) -> int:
    helper(f"task {n}")
    get_run_logger().log(logging.WARNING, "%d%% done", 50)
    return n


@flow
def talk() -> None:
    helper("flow")
    print([work(n) for n in range(2)])
    get_run_logger().critical("over")
    logging.getLogger("mine").error("not of the run")


if __name__ == "__main__":
    talk()
