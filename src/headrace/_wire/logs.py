"""Logs on the wire."""

from uuid import UUID

from headrace._wire.schema import Instant, ObjectSchema, WireSchema

__all__ = ["Log", "LogCreate", "LogsCreate"]


class Log(ObjectSchema):
    """A line of a run's log; levels are those of the standard library."""

    name: str
    level: int
    message: str
    timestamp: Instant
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class LogCreate(WireSchema):
    """A line to write into a run's log."""

    name: str
    level: int
    message: str
    timestamp: Instant
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


LogsCreate = list[LogCreate]
"""Body of `logs/`."""
