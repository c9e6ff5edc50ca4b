"""Headrace: a workflow orchestrator for data pipelines.

    from headrace import flow, task

Importing is free: each name loads its module when it is first asked for.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace._engine.tags import tags
    from headrace.client.orchestration import get_client
    from headrace.flows import Flow, flow
    from headrace.logging.loggers import get_run_logger
    from headrace.states import State
    from headrace.tasks import Task, task
    from headrace.utilities.annotations import allow_failure, unmapped

__all__ = [
    "Flow",
    "State",
    "Task",
    "__version__",
    "allow_failure",
    "flow",
    "get_client",
    "get_run_logger",
    "tags",
    "task",
    "unmapped",
]

__version__ = "0.1.0"

_HOMES = {
    "Flow": "headrace.flows",
    "State": "headrace.states",
    "Task": "headrace.tasks",
    "allow_failure": "headrace.utilities.annotations",
    "flow": "headrace.flows",
    "get_client": "headrace.client.orchestration",
    "get_run_logger": "headrace.logging.loggers",
    "tags": "headrace._engine.tags",
    "task": "headrace.tasks",
    "unmapped": "headrace.utilities.annotations",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        asker = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]: the documented way to it
        # The import system asks for each submodule before it loads it, and tools for names of theirs.
        if not name.startswith("_") and not asker.f_code.co_filename.startswith("<frozen importlib"):
            import_module("headrace.compat._answers").refuse(name, asker)
        raise AttributeError(f"module 'headrace' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
