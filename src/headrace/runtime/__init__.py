"""What the code at hand runs in: `flow_run`, `task_run` and `deployment` answer for its run, else with None."""

from headrace.runtime import deployment, flow_run, task_run

__all__ = ["deployment", "flow_run", "task_run"]
