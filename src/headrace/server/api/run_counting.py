"""The numbers of runs by their states, as a scraper is told them: counted seldom, and never waited for long.

To count reads every run, which takes a large store seconds. So at most one count is under way, in one of the threads
that read; the next begins after a rest that is far longer than this one took; and who asks meanwhile gets the last.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from headrace._kernel import clock
from headrace.server.store import run_counts
from headrace.server.store.run_counts import StateCount
from headrace.server.store.transactions import Store

__all__ = ["RunCounter", "RunCounts"]

R = TypeVar("R")

REST_SECONDS: Final = 5.0
REST_FACTOR: Final = 20.0
"""How much longer than a count the rest behind it is: counting takes less than a twentieth of one thread."""

PATIENCE_SECONDS: Final = 2.0
"""So long a scrape waits for a count: scrapers give up after 10 s."""

MOST_STATES: Final = 50
"""States with names of their own; the runs in rarer ones are told under one name, for each type: users name states."""

OTHER_NAMES: Final = "(other)"

_logger = logging.getLogger("headrace.server")


class RunCounts(msgspec.Struct, frozen=True):
    """How many runs were in which state, by type and name."""

    flow_runs: dict[tuple[str, str], int]
    task_runs: dict[tuple[str, str], int]
    begun_at: float  # by the monotonic clock


class Work(Protocol):
    """Where the store is used: off the loop."""

    async def read(self, operation: Callable[[Store], R]) -> R: ...


class RunCounter:
    """Counts for all scrapers of a server, in the thread of its loop."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._last: RunCounts | None = None
        self._next_at = clock.monotonic()
        self._counting: asyncio.Task[None] | None = None

    async def latest(self) -> RunCounts | None:
        """The newest counts that can be had soon; None where there are none."""
        if self._counting is None and clock.monotonic() >= self._next_at:
            self._counting = asyncio.create_task(self._count(), name="headrace-run-counts")
        if self._counting is not None:
            await asyncio.wait({self._counting}, timeout=PATIENCE_SECONDS)
        return self._last

    async def _count(self) -> None:
        begun_at = clock.monotonic()
        try:
            self._last = await self._work.read(lambda store: _counts(store, begun_at))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other numbers are to be had
            self._last = None  # old numbers would hide it
            _logger.warning("Runs cannot be counted now: %s", error)
        finally:
            now = clock.monotonic()
            self._next_at = now + max(REST_SECONDS, REST_FACTOR * (now - begun_at))
            self._counting = None


def _counts(store: Store, begun_at: float) -> RunCounts:
    with store.read() as tx:
        return RunCounts(_bounded(run_counts.of_flow_runs(tx)), _bounded(run_counts.of_task_runs(tx)), begun_at)


def _bounded(counts: Sequence[StateCount]) -> dict[tuple[str, str], int]:
    """The counts, the most frequent first, by as many labels as a scraper can keep."""
    bounded: dict[tuple[str, str], int] = {}
    for number, count in enumerate(counts):
        name = (count.state_name or "") if number < MOST_STATES else OTHER_NAMES
        state = count.state_type or "", name
        bounded[state] = bounded.get(state, 0) + count.runs
    return bounded
