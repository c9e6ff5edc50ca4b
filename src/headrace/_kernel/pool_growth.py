"""The growth of pools without a bound: more threads where jobs wait though the processor does not."""

import os
import threading
from _thread import allocate_lock
from typing import Final, Protocol

from headrace._kernel import clock, threads

__all__ = ["watch"]

_LOOK_SECONDS: Final = 0.004
_PATIENCE: Final = 10  # looks at a queue that does not move, while the processor is busy
_KEPT_SECONDS: Final = 5.0


class Growing(Protocol):
    """A pool, as it is looked after."""

    def head(self) -> object | None: ...
    def grow(self) -> None: ...
    def stop_watching(self) -> None: ...


class _Growth:
    """Looks after pools without a bound: where jobs wait though the processor does not, it lets them have more workers.

    A queue that moves is no reason by itself, for short jobs are done soonest by few threads.
    """

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self.pools: set[Growing] = set()
        self._came = threading.Event()
        self._runs = False

    def watch(self, pool: Growing) -> None:
        """Looks after this pool until its queue is empty."""
        with self._lock:
            self.pools.add(pool)
            self._came.set()
            if self._runs:
                return
            self._runs = True
        try:
            threads.start(self._look)
        except RuntimeError:  # The system gives no more threads: the next job asks again.
            self._runs = False
            pool.stop_watching()

    def _look(self) -> None:
        never = threading.Event()
        seen: dict[Growing, tuple[object, int]] = {}
        while self._has_pools():
            processor, began = clock.process_seconds(), clock.machine_seconds()
            never.wait(_LOOK_SECONDS)
            seconds = clock.machine_seconds() - began
            # Who wakes late had to wait for the interpreter, or for the machine: threads are not what is missing.
            is_idle = seconds < 1.5 * _LOOK_SECONDS and clock.process_seconds() - processor < 0.5 * seconds
            for pool in list(self.pools):
                head = pool.head()
                if head is None:
                    seen.pop(pool, None)
                    self.pools.discard(pool)
                    pool.stop_watching()
                    if pool.head() is not None:  # It came between the look and the note.
                        self.watch(pool)
                    continue
                before, looks = seen.get(pool, (None, 0))
                looks = looks + 1 if before is head else 0
                if is_idle or looks >= _PATIENCE:
                    pool.grow()
                    looks = 0
                seen[pool] = head, looks
        seen.clear()

    def _has_pools(self) -> bool:
        """Whether there is any pool to look after, for which it waits a while."""
        while not self.pools:
            self._came.clear()
            if not self.pools and not self._came.wait(_KEPT_SECONDS):
                with self._lock:
                    if not self.pools:
                        self._runs = False
                        return False
        return True


_growth = _Growth()


def watch(pool: Growing) -> None:
    """Looks after this pool until its queue is empty."""
    _growth.watch(pool)


def _forked() -> None:
    """In a forked child: there is no thread that looks."""
    global _growth
    _growth = _Growth()


os.register_at_fork(after_in_child=_forked)
