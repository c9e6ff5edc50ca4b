"""Logs on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator

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


def _in_32_bits(level: int) -> int:
    if not -(1 << 31) <= level < 1 << 31:
        raise ValueError("a level is a number of 32 bits")
    return level


class LogCreate(WireSchema):
    """A line to write into a run's log."""

    name: str
    level: Annotated[int, AfterValidator(_in_32_bits)]
    message: str
    timestamp: Instant
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


LogsCreate = list[LogCreate]
"""Body of `logs/`."""
