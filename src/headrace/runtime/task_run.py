"""The task run that the code at hand belongs to: `id`, `name`, `task_name`, `parameters`, `tags`, `run_count`.
Each is None (empty where it is a collection) outside of a task.
"""

from collections.abc import Callable
from typing import Any

from headrace._kernel.current import TaskFrame, current_task
from headrace._kernel.ids import id_text

__all__ = ["id", "name", "parameters", "run_count", "tags", "task_name"]

id: str | None
name: str | None
task_name: str | None
parameters: dict[str, Any]
tags: list[str]
run_count: int

_ATTRIBUTES: dict[str, tuple[Callable[[TaskFrame], Any], Callable[[], Any]]] = {
    "id": (lambda frame: id_text(frame.run_id), lambda: None),
    "name": (lambda frame: frame.name, lambda: None),
    "task_name": (lambda frame: frame.task.name, lambda: None),
    "parameters": (lambda frame: dict(frame.parameters), dict),
    "tags": (lambda frame: list(frame.tags), list),
    "run_count": (lambda frame: frame.run_count, lambda: 0),
}


def __getattr__(attribute: str) -> Any:
    if attribute not in _ATTRIBUTES:
        raise AttributeError(
            f"headrace.runtime.task_run has no attribute {attribute!r}; it has {', '.join(_ATTRIBUTES)}"
        )
    inside, outside = _ATTRIBUTES[attribute]
    frame = current_task()
    return outside() if frame is None else inside(frame)


def __dir__() -> list[str]:
    return sorted(_ATTRIBUTES)
