"""Runs as users see them (client.schemas.objects), made of what this process knows, for those who are handed one."""

from typing import Any

from headrace._kernel.current import FlowFrame, TaskFrame
from headrace._kernel.ids import to_uuid
from headrace._kernel.late import load

__all__ = ["flow_run_object", "task_run_object"]


def task_run_object(frame: TaskFrame, state: Any) -> Any:
    """The TaskRun that is in `state`."""
    build, task, flow_frame = load("task_run"), frame.task, frame.flow_frame
    return build(
        id=to_uuid(frame.run_id),
        name=frame.name,
        flow_run_id=to_uuid(flow_frame.run_id) if flow_frame is not None else None,
        task_key=task.task_key,
        dynamic_key=frame.run_id.hex(),
        task_version=task.version,
        tags=list(frame.tags),
        run_count=frame.run_count,
        flow_run_run_count=flow_frame.run_count if flow_frame is not None else 0,
        **_in(state),
    )


def flow_run_object(frame: FlowFrame, state: Any) -> Any:
    """The FlowRun that is in `state`."""
    build = load("flow_run")
    parent_task_run_id = frame.parent_task_run_id
    return build(
        id=to_uuid(frame.run_id),
        name=frame.name,
        flow_id=to_uuid(frame.flow_id or bytes(16)),  # nil where the control plane could not be asked
        flow_version=frame.flow.version,
        parameters=frame.parameters,
        tags=list(frame.tags),
        run_count=frame.run_count,
        parent_task_run_id=to_uuid(parent_task_run_id) if parent_task_run_id is not None else None,
        **_in(state),
    )


def _in(state: Any) -> dict[str, Any]:
    return {"state": state, "state_id": state.id, "state_type": state.type, "state_name": state.name}
