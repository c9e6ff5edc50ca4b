"""Jobs on threads, so many at a time, and without a deadlock whatever waits for what.

A job that waits for another one does the other in its own thread where nobody has begun it; else it lends its place
until the other has ended. What jobs add goes before what was there: children before new parents. Jobs that wait for
others before they can begin are not here yet, and take no thread.

A job that has a pool of its own keeps its place while it waits for what that does, or a bound of two would let all
begin that wait in this way. Should something in there need a job of this pool, the places of all who wait are lent.
"""

import logging
import os
from _thread import LockType, allocate_lock, get_ident
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Final
from weakref import WeakSet

from headrace._kernel import clock, pool_growth, threads
from headrace._kernel.deadlines import gate_opened, is_limited
from headrace._kernel.places import Place, closed_gate, here, lending, place_at_hand, waits_for_its_own

__all__ = ["Job", "Pool"]

_FIRST_WORKERS: Final = 4
_MOST_WORKERS: Final = 2_048
_MOST_IN_LINE: Final = 16  # jobs on top of each other in one thread: each takes about ten frames of Python's 1,000

_logger = logging.getLogger("headrace.futures")


_creating = allocate_lock()


class Job(ABC):
    """A piece of work that one thread does once, and that any number of others wait for."""

    __slots__ = ("_callbacks", "_has_ended", "pool")

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self._has_ended = False
        self._callbacks: list[Callable[[], object]] | None = None

    @abstractmethod
    def perform(self) -> None:
        """Does the work; raises nothing."""

    @abstractmethod
    def dismiss(self) -> None:
        """Takes note that the work will never be done."""

    @property
    def has_ended(self) -> bool:
        """Whether the work is done, or never will be."""
        return self._has_ended

    def call_back(self, fn: Callable[[], object]) -> None:
        """Calls `fn` in the thread that ends the job; at once where it has ended."""
        if self._callbacks is None:
            with _creating:
                if self._callbacks is None:
                    self._callbacks = []
        self._callbacks.append(fn)
        if self._has_ended:
            self._call_back()

    def fits_here(self) -> bool:
        """Whether the thread at hand could do it, on top of what it does."""
        return True

    def join(self, timeout: float | None = None) -> bool:
        """Waits for the end, at most `timeout` seconds; whether it has ended."""
        if self._has_ended:
            return True
        if timeout is None and self.pool.does_in_line(self):
            return True
        gate, place = closed_gate(), place_at_hand()
        if timeout is None and place is not None:
            # Whoever ends the job sees that we want the place back before he takes another job.
            place.pool.leave(place, may_keep=waits_for_its_own((self,)))
            self.call_back(lambda: place.pool.ask_back(place, gate))
            gate_opened(gate)
            return True
        self.call_back(gate.release)
        if not lending(lambda: gate_opened(gate, timeout), (self,)):
            with suppress(ValueError, AttributeError):  # It ended just now.
                self._callbacks.remove(gate.release)  # type: ignore[union-attr]  # see call_back
        return self._has_ended

    def do(self) -> None:
        """Performs it, or dismisses it, and tells those who wait."""
        if self.pool.is_closed:
            self.dismiss()
        else:
            self.perform()
        self._has_ended = True
        if self._callbacks is not None:
            self._call_back()

    def _call_back(self) -> None:
        # Whoever ends the job and whoever adds a callback meanwhile both come here: each callback is taken once.
        callbacks = self._callbacks
        while callbacks:
            try:
                fn = callbacks.pop(0)
            except IndexError:
                return
            try:
                fn()
            except Exception:
                _logger.exception("A callback of a future raised an exception")


class Pool:
    """Does jobs in threads: at most `max_workers` at a time, or as many as it takes to keep the processor busy."""

    def __init__(self, max_workers: int | None = None) -> None:
        self.max_workers = max_workers
        self.is_closed = False
        self.owner = get_ident()  # the thread whose jobs these are
        self._size = max_workers or _FIRST_WORKERS
        self._reset()
        _pools.add(self)

    def _reset(self) -> None:
        self._lock = allocate_lock()
        self._vacancies = self._size
        self._workers = 0  # threads that do jobs here, those that have lent their places among them
        self._ready: deque[Job] = deque()
        self._children: deque[Job] = deque()
        self._returning: deque[tuple[LockType, Place]] = deque()
        self._settling: list[LockType] = []
        self._expected: set[Job] = set()
        self._kept: set[Place] = set()  # the places of those who wait, and would lend them
        self._is_needed_within = False
        self._is_watched = False

    def expect(self, job: Job, after: Iterable[object]) -> None:
        """Notes a job that will be added when what is before it has ended."""
        self._expected.add(job)
        for each in after:
            if isinstance(each, Job) and each.pool is not self:
                each.pool.lend_kept_places()

    def add(self, job: Job) -> None:
        """Queues a job: it may begin."""
        place = here.place
        (self._children if place is not None and place.pool is self else self._ready).append(job)
        self._expected.discard(job)
        # Whoever leaves his place looks at the queue once more after it: one of us sees the other.
        if self._vacancies > 0:
            self._hire()
        elif self.max_workers is None and not self._is_watched:
            self._is_watched = True
            pool_growth.watch(self)

    def settle(self, timeout: float | None = None) -> bool:
        """Waits until all jobs have ended, at most `timeout` seconds; whether they have."""
        self.owner = get_ident()
        deadline = None if timeout is None else clock.monotonic() + timeout
        while True:
            with self._lock:
                if not (self._workers or self._expected or self._ready or self._children):
                    return True
            left = None if deadline is None else deadline - clock.monotonic()
            if left is not None and left <= 0:
                return False
            if (job := self._last()) is not None:
                job.join(left)
                continue
            gate = closed_gate()
            with self._lock:
                if not self._workers:
                    continue
                self._settling.append(gate)
            lending(partial(gate_opened, gate, left), ())

    def close(self) -> None:
        """Dismisses the jobs that have not begun, and any that come."""
        self.is_closed = True
        for queue in (self._children, self._ready):
            while queue:
                try:
                    job = queue.popleft()
                except IndexError:
                    break
                job.do()

    def does_in_line(self, job: Job) -> bool:
        """Does a job that nobody has begun, where the thread at hand holds a place of this pool; whether it did."""
        place = place_at_hand()
        if place is None or place.pool is not self or here.depth >= _MOST_IN_LINE or not job.fits_here():
            return False
        if is_limited():  # Left behind at its deadline, the thread would take the job with it.
            return False
        try:
            self._children.remove(job)
        except ValueError:
            try:
                self._ready.remove(job)
            except ValueError:
                return False
        here.depth += 1
        try:
            job.do()
        finally:
            here.depth -= 1
        return True

    def leave(self, place: Place, *, may_keep: bool) -> None:
        """Lends a place to whoever can use it, while its thread waits; one that may be kept, when somebody needs it."""
        with self._lock:
            if place.is_forfeit or place.is_lent:
                return
            if may_keep and not self._is_needed_within:
                self._kept.add(place)
                return
            self._kept.discard(place)
            self._lend(place)
        if self._ready or self._children:
            self._hire()

    def ask_back(self, place: Place, gate: LockType) -> None:
        """Opens `gate` as soon as the place is its thread's again, ahead of new jobs."""
        with self._lock:
            self._kept.discard(place)
            if place.is_forfeit or not place.is_lent:
                gate.release()
            elif self._vacancies > 0 or self.max_workers is None:
                self._take_back(place)
                gate.release()
            else:
                self._returning.append((gate, place))

    def force_back(self, place: Place) -> None:
        """Takes a place back, though there be none: others go without until it is given back."""
        with self._lock:
            self._kept.discard(place)
            if place.is_lent and not place.is_forfeit:
                self._take_back(place)

    def succeed(self, place: Place) -> None:
        """Takes over the place of a thread that is waited for no longer: that one goes on without."""
        with self._lock:
            self._kept.discard(place)
            place.is_forfeit = True
            if place.is_lent:
                self._vacancies -= 1

    def lend_kept_places(self) -> None:
        """Lends the places that are kept, now and from now on: within the jobs that wait, one of these is needed."""
        if self._is_needed_within:
            return
        with self._lock:
            self._is_needed_within = True
            kept, self._kept = self._kept, set()
            for place in kept:
                self._lend(place)
        for _ in kept:
            self._hire()

    @property
    def vacancies(self) -> int:
        """How many more jobs could run now."""
        return self._vacancies

    @property
    def is_busy(self) -> bool:
        """Whether any job is being done."""
        return self._workers > 0

    def _last(self) -> Job | None:
        """A job that has not begun: the last of the queue, where there is one."""
        for jobs in (self._ready, self._children):
            with suppress(IndexError):
                return jobs[-1]
        with suppress(StopIteration, RuntimeError):  # It changes while we look: then somebody is at work.
            return next(iter(self._expected))
        return None

    def head(self) -> Job | None:
        """The job that is the next one."""
        for queue in (self._children, self._ready):
            try:
                return queue[0]
            except IndexError:
                continue
        return None

    def grow(self) -> None:
        """Makes room for as many workers again as there are, where there is no bound."""
        more = min(self._size, _MOST_WORKERS - self._size)
        with self._lock:
            self._size += more
            self._vacancies += more
        for _ in range(more):
            self._hire()

    def stop_watching(self) -> None:
        """Notes that nobody looks after the queue any more; the next job that finds no worker asks for it again."""
        self._is_watched = False

    def forked(self) -> None:
        """In a forked child: workers and jobs are the parent's."""
        self._reset()

    def _work(self) -> None:
        before, here.place = here.place, Place(self)
        try:
            while not (self._returning and self._hand_over()):
                try:
                    job = self._children.popleft() if self._children else self._ready.popleft()
                except IndexError:
                    if self._leave():
                        break
                    continue
                job.do()
                del job  # What it came to is its holder's, and not this thread's.
        finally:
            here.place = before
            self._end_worker()

    def _hire(self) -> None:
        with self._lock:
            if self._vacancies <= 0 or not (self._ready or self._children):
                return
            self._vacancies -= 1
            self._workers += 1
            is_alone = self._workers == 1
        try:
            threads.start(self._work)
        except RuntimeError:  # The system gives no more threads: those that are there have to do.
            if is_alone:
                self._work()
                return
            with self._lock:
                self._free_place()
            self._end_worker()

    def _leave(self) -> bool:
        """Leaves the place, unless a job came meanwhile."""
        with self._lock:
            self._free_place()
        if not (self._ready or self._children):
            return True
        with self._lock:
            if self._vacancies <= 0:
                return True
            self._vacancies -= 1
        return False

    def _hand_over(self) -> bool:
        """Gives the place to one who wants it back."""
        with self._lock:
            return self._return_place()

    def _end_worker(self) -> None:
        with self._lock:
            self._workers -= 1
            gates, self._settling = ([], self._settling) if self._workers else (self._settling, [])
        for gate in gates:
            gate.release()

    def _lend(self, place: Place) -> None:
        place.is_lent = True
        self._free_place()

    def _take_back(self, place: Place) -> None:
        place.is_lent = False
        self._vacancies -= 1

    def _free_place(self) -> None:
        if self._vacancies < 0 or not self._return_place():
            self._vacancies += 1

    def _return_place(self) -> bool:
        """Gives a place that is free to one who wants his back; whether there was one."""
        while self._returning:
            gate, place = self._returning.popleft()
            gate.release()
            if not place.is_forfeit:
                place.is_lent = False
                return True
        return False


_pools: "WeakSet[Pool]" = WeakSet()


def _forked() -> None:
    here.place = None
    for pool in list(_pools):
        pool.forked()


os.register_at_fork(after_in_child=_forked)
