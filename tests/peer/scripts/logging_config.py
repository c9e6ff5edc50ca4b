"""Logging as a file says: formats for flow runs and task runs, a handler of the script's own, levels, extra loggers."""

import logging
import os
import sys
import tempfile
from pathlib import Path

CONFIG = """
version: 1
disable_existing_loggers: False
formatters:
  short:
    (): prefect.logging.formatters.PrefectFormatter
    format: "%(levelname)s %(message)s"
    flow_run_fmt: "%(levelname)s flow %(flow_name)s %(flow_run_name)s: %(message)s"
    task_run_fmt: "%(levelname)s task %(task_name)s of %(flow_name)s: %(message)s"
  json:
    class: prefect.logging.formatters.JsonFormatter
    format: default
filters:
  calm:
    (): script_filters.Calm
handlers:
  out:
    class: logging.StreamHandler
    level: WARNING
    formatter: short
    filters: [calm]
    stream: ext://sys.stdout
  console:
    class: prefect.logging.handlers.PrefectConsoleHandler
    level: 0
    formatter: short
    stream: ext://sys.stderr
    styles:
      log.info_level: cyan
  api:
    class: prefect.logging.handlers.APILogHandler
    level: 0
loggers:
  prefect:
    level: "${PREFECT_LOGGING_LEVEL}"
    handlers: [console, out]
    propagate: no
  prefect.extra:
    level: "${PREFECT_LOGGING_LEVEL}"
    handlers: [api]
    propagate: no
  prefect.flow_runs:
    level: NOTSET
    handlers: [api]
  prefect.task_runs:
    level: ERROR
    handlers: [api]
  mine:
    level: DEBUG
    handlers: [out]
    propagate: no
"""
FILTERS = """
class Calm:
    def filter(self, record):
        return "noise" not in record.getMessage()
"""

FOLDER = Path(tempfile.mkdtemp())
(FOLDER / "logging.yml").write_text(CONFIG, encoding="utf-8")
(FOLDER / "script_filters.py").write_text(FILTERS, encoding="utf-8")
sys.path.insert(0, str(FOLDER))
os.environ["PREFECT_LOGGING_CONFIG_PATH"] = str(FOLDER / "logging.yml")
os.environ["PREFECT_LOGGING_LEVEL"] = "DEBUG"
os.environ["PREFECT_LOGGING_EXTRA_LOGGERS"] = "mine"

from prefect import flow, get_run_logger, task  # noqa: E402


@task
def work() -> None:
    get_run_logger().info("below the level of tasks")
    get_run_logger().error("in a task")
    logging.getLogger("mine").warning("mine, in a task")


@flow(flow_run_name="the run", log_prints=True)
def pipeline() -> None:
    get_run_logger().warning("in a flow")
    get_run_logger().warning("noise")
    get_run_logger().info("not for the handler of the script")
    print("printed")
    work()
    logging.getLogger("mine").debug("mine, for the log alone")


if __name__ == "__main__":
    pipeline()
