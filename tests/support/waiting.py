"""Waiting for another process: a condition of it is looked at, with a bound."""

import time
from collections.abc import Callable

__all__ = ["BOUND_SECONDS", "until"]

BOUND_SECONDS = 60


def until(holds: Callable[[], object], otherwise: str = "it never came to be") -> None:
    """Looks until this holds; AssertionError with `otherwise` where it never does."""
    deadline = time.monotonic() + BOUND_SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
