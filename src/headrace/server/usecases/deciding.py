"""The loop around every decision: read facts, decide, write behind a fence; and again, where the facts were stale."""

from collections.abc import Callable
from typing import Final, TypeVar

from headrace.server.store.errors import StaleFacts, StoreUnavailable

__all__ = ["decided"]

T = TypeVar("T")

# Each failure of a fence is somebody else's success, so this many in a row are a defect, not a busy store.
_TRIES: Final = 50


def decided(once: Callable[[bool], T]) -> T:
    """The outcome of `once`, which reads, decides and writes. It is told whether this is not its first try."""
    fence = ""
    for number in range(_TRIES):
        try:
            return once(number > 0)
        except StaleFacts as stale:
            fence = stale.fence
    raise StoreUnavailable(
        f"The store could not decide: the facts about {fence} changed during each of {_TRIES} tries. Try again later."
    )
