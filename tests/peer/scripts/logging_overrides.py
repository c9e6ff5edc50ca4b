"""Single keys of the logging configuration, overridden by variables, without a file."""

import os

os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "ERROR"
os.environ["PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL"] = "WARNING"
os.environ["PREFECT_LOGGING_FORMATTERS_STANDARD_FLOW_RUN_FMT"] = "%(levelname)s %(flow_name)s %(message)s"
os.environ["PREFECT_LOGGING_LEVEL"] = "DEBUG"

from prefect import flow, get_run_logger, task


@task
def work() -> None:
    get_run_logger().info("below the level of tasks")
    get_run_logger().warning("a warning of a task")


@flow
def pipeline() -> None:
    get_run_logger().debug("a detail")
    work()
    get_run_logger().error("an error")


if __name__ == "__main__":
    pipeline()
