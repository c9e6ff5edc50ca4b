"""Instants as text: ISO 8601, as the details of a state hold them."""

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["EPOCH", "instant_text"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant_text(at: int) -> str:
    """`at`, in microseconds since the epoch, as the details of a state hold it."""
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")
