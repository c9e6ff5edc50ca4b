"""Alarms: functions that a thread of ours calls at their time."""

import heapq
import itertools
import logging
import os
import threading
from collections.abc import Callable
from typing import Final

from headrace._kernel import clock, threads

__all__ = ["Alarm", "set_alarm"]

_KEPT_SECONDS: Final = 5.0
_MOST_CANCELLED: Final = 100

_logger = logging.getLogger("headrace.alarms")


class Alarm:
    """A function that will be called, unless that is cancelled before."""

    __slots__ = ("ring",)

    def __init__(self, ring: Callable[[], object]) -> None:
        self.ring: Callable[[], object] | None = ring

    def cancel(self) -> None:
        """Calls it no more; it may be at it already."""
        if self.ring is not None:
            self.ring = None
            _alarms.cancelled += 1


class _Alarms:
    """All alarms of this process, by their times."""

    def __init__(self) -> None:
        self.cancelled = 0  # about so many of those that are here: what counts them takes no lock
        self._came = threading.Condition()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._ordinals = itertools.count()
        self._is_watched = False

    def add(self, seconds: float, alarm: Alarm) -> None:
        """Sets an alarm."""
        due = clock.machine_seconds() + seconds
        with self._came:
            if self.cancelled > max(_MOST_CANCELLED, len(self._alarms) // 2):
                self._alarms = [each for each in self._alarms if each[2].ring is not None]
                heapq.heapify(self._alarms)
                self.cancelled = 0
            heapq.heappush(self._alarms, (due, next(self._ordinals), alarm))
            if not self._is_watched:
                self._is_watched = True
                threads.start(self._watch)
            elif self._alarms[0][2] is alarm:
                self._came.notify()

    def _watch(self) -> None:
        while (alarm := self._next()) is not None:
            ring = alarm.ring
            try:
                if ring is not None:
                    ring()
            except Exception:
                _logger.exception("An alarm could not be carried out")
            del alarm, ring  # What they lead to must not live until the next one.

    def _next(self) -> Alarm | None:
        """The next alarm, at its time; None where there has been none for a while."""
        with self._came:
            while True:
                if not self._alarms:
                    if not self._came.wait(_KEPT_SECONDS) and not self._alarms:
                        self._is_watched = False
                        return None
                    continue
                left = self._alarms[0][0] - clock.machine_seconds()
                if left <= 0:
                    return heapq.heappop(self._alarms)[2]
                self._came.wait(min(left, threading.TIMEOUT_MAX))


_alarms = _Alarms()


def set_alarm(seconds: float, ring: Callable[[], object]) -> Alarm:
    """Lets `ring` be called in so many seconds, in another thread; it must not take long."""
    alarm = Alarm(ring)
    _alarms.add(seconds, alarm)
    return alarm


def _forked() -> None:
    global _alarms
    _alarms = _Alarms()


os.register_at_fork(after_in_child=_forked)
