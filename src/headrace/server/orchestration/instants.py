"""Instants in the details of a state: ISO 8601 text there, integer microseconds in here."""

from datetime import UTC, datetime, timedelta
from typing import Final

from headrace._records import StateRecord

__all__ = ["instant_in", "instant_text"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def instant_in(state: StateRecord, key: str) -> int | None:
    """The instant that the details of `state` hold under `key`; None where there is none, or no instant."""
    text = state.details and state.details.get(key)
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def instant_text(at: int) -> str:
    """`at` as the details of a state hold it."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")
