"""The loggers that users ask for."""

import logging
from typing import Any

from headrace._kernel.current import TaskFrame, innermost
from headrace.exceptions import MissingContextError

__all__ = ["RunLogger", "get_logger", "get_run_logger"]


class RunLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose lines belong to one run, wherever they are written from."""

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        """Adds the run to the record, next to the caller's own `extra`."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


def get_logger(name: str | None = None) -> logging.Logger:
    """The logger `headrace.<name>`; `headrace` itself without a name."""
    if not name:
        return logging.getLogger("headrace")
    return logging.getLogger(name if name.startswith("headrace") else f"headrace.{name}")


def get_run_logger(**kwargs: Any) -> RunLogger:
    """The logger of the run that this code belongs to: the task run in a task, else the flow run.

    `kwargs` become attributes of each line's record. Raises MissingContextError outside of a run.
    """
    frame = innermost.get()
    if frame is None:
        raise MissingContextError(
            "There is no active flow or task run context: get_run_logger() works inside a flow or a task. "
            "Elsewhere, use headrace.logging.get_logger()."
        )
    if kwargs or frame.logger is None:
        name = "headrace.task_runs" if type(frame) is TaskFrame else "headrace.flow_runs"
        logger = RunLogger(logging.getLogger(name), {"headrace_frame": frame, **kwargs})
        if kwargs:
            return logger
        frame.logger = logger
    return frame.logger
