"""What the code at hand runs in: `flow_run` and `task_run` answer for its run, and with None outside of one."""

from headrace.runtime import flow_run, task_run

__all__ = ["flow_run", "task_run"]
