"""The task run that the code at hand belongs to.

Each attribute is None (empty where it is a collection) outside of a task; `HEADRACE__RUNTIME__TASK_RUN__<NAME>` in the
environment answers in its place.
"""

from typing import Any

from headrace._kernel.current import current_task
from headrace._kernel.ids import id_text
from headrace.runtime._answers import Answers, in_api, on_page

__all__ = ["api_url", "id", "name", "parameters", "run_count", "tags", "task_name", "ui_url"]

api_url: str | None
id: str | None
name: str | None
parameters: dict[str, Any]
run_count: int
tags: list[str]
task_name: str | None
ui_url: str | None


_answers = Answers(
    __name__,
    current_task,
    {
        "api_url": (lambda frame: in_api(frame, "task_runs", id_text(frame.run_id)), lambda: None),
        "id": (lambda frame: id_text(frame.run_id), lambda: None),
        "name": (lambda frame: frame.name, lambda: None),
        "parameters": (lambda frame: dict(frame.parameters), dict),
        "run_count": (lambda frame: frame.run_count, lambda: 0),
        "tags": (lambda frame: list(frame.tags), list),
        "task_name": (lambda frame: frame.task.name, lambda: None),
        "ui_url": (lambda frame: on_page(frame, "task-run", id_text(frame.run_id)), lambda: None),
    },
)


def __getattr__(attribute: str) -> Any:
    return _answers(attribute)


def __dir__() -> list[str]:
    return dir(_answers)
