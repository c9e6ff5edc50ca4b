"""Logging: loggers of runs, whose lines go to the terminal and into the run's own log."""

from headrace.logging.loggers import LogEavesdropper, disable_run_logger, get_logger, get_run_logger

__all__ = ["LogEavesdropper", "disable_run_logger", "get_logger", "get_run_logger"]
