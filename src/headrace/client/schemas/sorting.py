"""The orders in which the client asks for objects."""

from headrace._wire.queries import FlowRunSort, FlowSort, LogSort, TaskRunSort

__all__ = ["FlowRunSort", "FlowSort", "LogSort", "TaskRunSort"]
