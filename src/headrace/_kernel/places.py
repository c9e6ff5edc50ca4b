"""The place that a thread has among those that do a pool's jobs, and how it is lent while the thread waits."""

import threading
from _thread import LockType, allocate_lock, get_ident
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any, Protocol

from headrace._kernel import threads
from headrace._kernel.deadlines import gate_opened

__all__ = ["Place", "closed_gate", "do_apart", "here", "lend_place", "lending", "place_at_hand", "waits_for_its_own"]


class Pool(Protocol):
    """A pool, for those who have a place there; see `headrace._kernel.pool`."""

    owner: int  # the thread whose jobs it does

    def leave(self, place: "Place", *, may_keep: bool) -> None:
        """Lends the place while its thread waits; one that may be kept, when somebody needs it."""
        ...

    def ask_back(self, place: "Place", gate: LockType) -> None:
        """Opens `gate` as soon as the place is its thread's again."""
        ...

    def force_back(self, place: "Place") -> None:
        """Takes the place back at once."""
        ...

    def succeed(self, place: "Place") -> None:
        """Takes over the place of a thread that is waited for no longer."""
        ...

    def lend_kept_places(self) -> None:
        """Lends the places that are kept, now and from now on."""
        ...


class _Here(threading.local):
    """What this thread is doing."""

    place: "Place | None" = None  # the one that it holds, or has lent
    waiting: int = 0  # how many coroutines of its loop wait, and have left that place to others
    depth: int = 0  # how many jobs it does on top of each other


here = _Here()


class Place:
    """One thread's place among those that may work at a time: held, lent while the thread waits, or forfeit."""

    __slots__ = ("is_forfeit", "is_lent", "pool")

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.is_lent = False
        self.is_forfeit = False


def place_at_hand() -> "Place | None":
    """The place that the thread at hand has and can leave."""
    return here.place if not here.waiting else None


def lending(work: Callable[[], Any], waited: Iterable[object]) -> Any:
    """Waits for `waited` by `work`, while another job may have the place of the thread at hand."""
    place, may_keep = place_at_hand(), waits_for_its_own(waited)
    if place is None:
        return work()
    place.pool.leave(place, may_keep=may_keep)
    try:
        return work()
    finally:
        gate = closed_gate()
        place.pool.ask_back(place, gate)
        gate_opened(gate)


@contextmanager
def lend_place(waited: Iterable[object]) -> Generator[None]:
    """Lends the place of the thread at hand while a coroutine of its loop waits for `waited`, and others may wait.

    It has its place back at once, for a loop cannot wait for it: then more jobs run than there are places, for a while.
    """
    may_keep = waits_for_its_own(waited)
    here.waiting += 1
    if (place := here.place) is not None:
        place.pool.leave(place, may_keep=may_keep)
    try:
        yield
    finally:
        here.waiting -= 1
        if place is not None and not here.waiting:
            place.pool.force_back(place)


def waits_for_its_own(waited: Iterable[object]) -> bool:
    """Whether the thread at hand waits for jobs of its own pools alone; for others, whoever keeps a place lends it."""
    ident, place, are_own = get_ident(), here.place, True
    for each in waited:
        pool: Pool | None = getattr(each, "pool", None)
        if pool is None or pool.owner != ident:
            are_own = False
            if pool is not None and (place is None or pool is not place.pool):
                pool.lend_kept_places()
    if place is not None and here.waiting and not are_own:  # Another coroutine of its loop may have kept it.
        place.pool.leave(place, may_keep=False)
    return are_own


def do_apart(work: Callable[[], object], seconds: float) -> bool:
    """Does `work` in a thread of its own, which has the place of the thread at hand meanwhile.

    Whether it was done within so many seconds; else it is left to itself, and this thread has its place again.
    RuntimeError where the system has no thread to give.
    """
    own, gate = place_at_hand(), closed_gate()
    place = Place(own.pool) if own is not None else None

    def work_there() -> None:
        here.place = place
        try:
            work()
        finally:
            here.place = None
            gate.release()

    threads.start(work_there)
    is_done = gate.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
    if place is not None:
        place.pool.succeed(place)
    return is_done


def closed_gate() -> LockType:
    """A lock that is held: whoever acquires it waits until it is released."""
    gate = allocate_lock()
    gate.acquire()
    return gate
