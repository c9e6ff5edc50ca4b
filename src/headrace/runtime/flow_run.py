"""The flow run that the code at hand belongs to, also from within its tasks.

Each attribute is None (empty where it is a collection) outside of a run; `HEADRACE__RUNTIME__FLOW_RUN__<NAME>` in the
environment answers in its place.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from headrace._kernel import clock
from headrace._kernel.current import FlowFrame, current_flow
from headrace._kernel.ids import id_text
from headrace.runtime._answers import Answers, in_api, on_page

__all__ = [
    "api_url",
    "flow_name",
    "flow_version",
    "id",
    "job_variables",
    "name",
    "parameters",
    "parent_deployment_id",
    "parent_flow_run_id",
    "root_flow_run_id",
    "run_count",
    "scheduled_start_time",
    "tags",
    "ui_url",
]

api_url: str | None
flow_name: str | None
flow_version: str | None
id: str | None
job_variables: dict[str, Any] | None
name: str | None
parameters: dict[str, Any]
parent_deployment_id: str | None
parent_flow_run_id: str | None
root_flow_run_id: str | None
run_count: int
scheduled_start_time: datetime
tags: list[str]
ui_url: str | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _outer(frame: FlowFrame) -> FlowFrame | None:
    return frame.parent.flow_frame if frame.parent is not None else None


def _parent(frame: FlowFrame) -> str | None:
    outer = _outer(frame)
    return id_text(outer.run_id) if outer is not None else None


def _root(frame: FlowFrame) -> str:
    while (outer := _outer(frame)) is not None:
        frame = outer
    return id_text(frame.run_id)


def _moment(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


_answers = Answers(
    __name__,
    current_flow,
    {
        "api_url": (lambda frame: in_api(frame, "flow_runs", id_text(frame.run_id)), lambda: None),
        "flow_name": (lambda frame: frame.flow.name, lambda: None),
        "flow_version": (lambda frame: frame.flow.version, lambda: None),
        "id": (lambda frame: id_text(frame.run_id), lambda: None),
        "job_variables": (lambda frame: {}, lambda: None),
        "name": (lambda frame: frame.name, lambda: None),
        "parameters": (lambda frame: dict(frame.parameters), dict),
        "parent_deployment_id": (lambda frame: None, lambda: None),
        "parent_flow_run_id": (_parent, lambda: None),
        "root_flow_run_id": (_root, lambda: None),
        "run_count": (lambda frame: frame.run_count, lambda: 0),
        "scheduled_start_time": (lambda frame: _moment(frame.started_at), lambda: _moment(clock.now())),
        "tags": (lambda frame: list(frame.tags), list),
        "ui_url": (lambda frame: on_page(frame, "flow-run", id_text(frame.run_id)), lambda: None),
    },
)


def __getattr__(attribute: str) -> Any:
    return _answers(attribute)


def __dir__() -> list[str]:
    return dir(_answers)
