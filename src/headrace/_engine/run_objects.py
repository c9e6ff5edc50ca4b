"""Runs as users see them (client.schemas.objects), made of what this process knows, for those who are handed one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from headrace._kernel.current import FlowFrame, TaskFrame
from headrace._kernel.ids import to_uuid
from headrace._kernel.instants import EPOCH
from headrace._kernel.late import load
from headrace._records import StateRecord

__all__ = ["flow_run_object", "task_run_object"]


_ENDS: Final = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})


def task_run_object(frame: TaskFrame, state: Any, states: Sequence[StateRecord]) -> Any:
    """The TaskRun that is in `state`, the last one of its `states` so far."""
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
        empirical_policy={"retries": task.retries},
        **_in(state),
        **_times(states),
    )


def flow_run_object(frame: FlowFrame, state: Any, states: Sequence[StateRecord]) -> Any:
    """The FlowRun that is in `state`, the last one of its `states` so far."""
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
        empirical_policy={"retries": frame.flow.retries},
        **_in(state),
        **_times(states),
    )


def _in(state: Any) -> dict[str, Any]:
    return {"state": state, "state_id": state.id, "state_type": state.type, "state_name": state.name}


def _times(states: Sequence[StateRecord]) -> dict[str, Any]:
    """When a run that went through these states began and ended, and for how long it was running."""
    last = states[-1]
    began = next((state.at for state in states if state.type == "RUNNING"), None)
    running = sum(after.at - state.at for state, after in pairwise(states) if state.type == "RUNNING")
    return {
        "expected_start_time": _instant(states[0].at),
        "start_time": _instant(began) if began is not None else None,
        "end_time": _instant(last.at) if last.type in _ENDS else None,
        "total_run_time": timedelta(microseconds=running),
        "estimated_run_time": timedelta(microseconds=running),
    }


def _instant(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)
