"""Jitter: waits that differ, so that those who were refused together do not come again together."""

import os
from _random import Random  # See ids.py: neither `random`'s import nor its user-seeded generator.

__all__ = ["prolonged"]

_random = Random(int.from_bytes(os.urandom(32), "big"))


def prolonged(seconds: float, factor: float) -> float:
    """So many seconds, and by chance up to `factor` times as many more."""
    return seconds * (1 + factor * _random.random())
