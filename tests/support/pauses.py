"""A clock on which no pause takes time: it notes them, and one of them may be interrupted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from headrace._kernel import clock

__all__ = ["Pauses", "noted_pauses"]


class Pauses(clock.SystemClock):
    """The machine's clock, but for the pauses of the thread that makes it: a drainer's go on."""

    def __init__(self, interruption: BaseException | None) -> None:
        self.seconds: list[float] = []
        self._interruption = interruption
        self._thread = threading.get_ident()

    def sleep(self, seconds: float) -> None:
        if threading.get_ident() != self._thread:
            super().sleep(seconds)
            return
        self.seconds.append(seconds)
        if self._interruption is not None:
            raise self._interruption

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@contextmanager
def noted_pauses(interruption: BaseException | None = None) -> Iterator[list[float]]:
    """The seconds of every pause that runs make inside; each raises `interruption` where there is one."""
    pauses = Pauses(interruption)
    before = clock.install(pauses)
    try:
        yield pauses.seconds
    finally:
        clock.install(before)
