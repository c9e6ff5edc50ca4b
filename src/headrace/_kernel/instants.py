"""Instants as text: ISO 8601, as the details of a state hold them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from headrace._kernel import clock

__all__ = ["EPOCH", "due_in", "instant_text"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant_text(at: int) -> str:
    """`at`, in microseconds since the epoch, as the details of a state hold it."""
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def due_in(seconds: float) -> dict[str, Any]:
    """The details of a state that waits so long for a retry."""
    return {"scheduled_time": instant_text(clock.now() + round(seconds * 1_000_000))}
