"""Code that waits, for tests of what ends it."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.acceptance.faces import AsyncFace, Face

__all__ = ["LONG", "SHORT", "Waits", "eventually", "waiting"]

LONG = 60.0  # seconds that nothing here takes, unless a time-out fails
SHORT = 0.05


class Waits:
    """Code that waits where no exception reaches it, until the test is over."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.threads: list[threading.Thread] = []

    def __call__(self) -> str:
        self.threads.append(threading.current_thread())
        self.is_over.wait(LONG)
        return "late"


def waiting(face: Face) -> Callable[[], Any]:
    """What waits as a body of this face does."""
    return (lambda: asyncio.sleep(LONG)) if isinstance(face, AsyncFace) else (lambda: time.sleep(LONG))


def eventually(holds: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)
