"""Instants in the details of a state: ISO 8601 text there, integer microseconds in here."""

from datetime import UTC, datetime, timedelta
from typing import Final

from headrace._kernel.instants import EPOCH
from headrace._records import StateRecord

__all__ = ["instant_in"]

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
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) // _MICROSECOND
