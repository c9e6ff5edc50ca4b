"""The flow run that the code at hand belongs to: `id`, `name`, `flow_name`, `flow_version`, `parameters`, `tags`,
`run_count`, `parent_flow_run_id`. Each is None (empty where it is a collection) outside of a run.
"""

from collections.abc import Callable
from typing import Any

from headrace._kernel.current import FlowFrame, current_flow
from headrace._kernel.ids import id_text

__all__ = ["flow_name", "flow_version", "id", "name", "parameters", "parent_flow_run_id", "run_count", "tags"]

id: str | None
name: str | None
flow_name: str | None
flow_version: str | None
parameters: dict[str, Any]
tags: list[str]
run_count: int
parent_flow_run_id: str | None


def _parent(frame: FlowFrame) -> str | None:
    outer = frame.parent.flow_frame if frame.parent is not None else None
    return id_text(outer.run_id) if outer is not None else None


_ATTRIBUTES: dict[str, tuple[Callable[[FlowFrame], Any], Callable[[], Any]]] = {
    "id": (lambda frame: id_text(frame.run_id), lambda: None),
    "name": (lambda frame: frame.name, lambda: None),
    "flow_name": (lambda frame: frame.flow.name, lambda: None),
    "flow_version": (lambda frame: frame.flow.version, lambda: None),
    "parameters": (lambda frame: dict(frame.parameters), dict),
    "tags": (lambda frame: list(frame.tags), list),
    "run_count": (lambda frame: frame.run_count, lambda: 0),
    "parent_flow_run_id": (_parent, lambda: None),
}


def __getattr__(attribute: str) -> Any:
    if attribute not in _ATTRIBUTES:
        raise AttributeError(
            f"headrace.runtime.flow_run has no attribute {attribute!r}; it has {', '.join(_ATTRIBUTES)}"
        )
    inside, outside = _ATTRIBUTES[attribute]
    frame = current_flow()
    return outside() if frame is None else inside(frame)


def __dir__() -> list[str]:
    return sorted(_ATTRIBUTES)
