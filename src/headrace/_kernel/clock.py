"""Time: the only module that reads a clock or sleeps. Tests install a virtual clock; everything else asks here.

Instants are integer microseconds since the Unix epoch, UTC; durations are float seconds.
"""

import threading
import time
from typing import Protocol

__all__ = [
    "Clock",
    "SystemClock",
    "install",
    "machine_seconds",
    "machine_time_ns",
    "monotonic",
    "now",
    "process_seconds",
    "sleep",
    "sleep_async",
    "wait",
]

# The machine's time whatever clock is installed: for the stamps inside ids, which order what was made by itself.
machine_time_ns = time.time_ns

# The same for how busy this process is: of so many seconds that went by, it used so many of a processor's.
machine_seconds = time.monotonic
process_seconds = time.process_time


class Clock(Protocol):
    """What a clock answers; `headrace.testing` holds a virtual one."""

    def now(self) -> int: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    async def sleep_async(self, seconds: float) -> None: ...
    def wait(self, event: threading.Event, seconds: float | None) -> bool: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        import asyncio  # 45 ms: paid only by programs that run a loop, which have paid it already.

        await asyncio.sleep(seconds)

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        return event.wait(seconds)


_active: Clock = SystemClock()


def install(clock: Clock) -> Clock:
    """Makes `clock` the one that everything asks, and returns the one before it."""
    global _active
    before, _active = _active, clock
    return before


def now() -> int:
    """This instant, in microseconds since the epoch (UTC)."""
    return _active.now()


def monotonic() -> float:
    """Seconds on a clock that never goes back; for deadlines and durations."""
    return _active.monotonic()


def sleep(seconds: float) -> None:
    """Blocks this thread."""
    _active.sleep(seconds)


async def sleep_async(seconds: float) -> None:
    """Lets the event loop do other things for so long."""
    await _active.sleep_async(seconds)


def wait(event: threading.Event, seconds: float | None) -> bool:
    """Waits for `event`, at most `seconds`; whether it is set."""
    return _active.wait(event, seconds)
