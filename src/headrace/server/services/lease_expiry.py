"""The loop that looks for journals whose leases ran out: nothing is heard of their hosts any more."""

import logging
from collections.abc import Iterable
from typing import Final

from headrace._kernel import clock
from headrace.server.services.intervals import Intervals
from headrace.server.store.leases import Lease
from headrace.server.store.transactions import Store
from headrace.server.usecases.leases import held, presume_dead

__all__ = ["LeaseExpiry", "lease_expiry"]

INTERVAL_SECONDS: Final = 10.0
_LOOKS_A_TERM: Final = 6
_MOST_INTERVALS_A_LOOK: Final = 2

_logger = logging.getLogger("headrace.server")


def lease_expiry(store: Store) -> Intervals:
    """A loop that looks every ten seconds, or more often where a term is short."""
    return Intervals("headrace-lease-expiry", LeaseExpiry(store).look)


class LeaseExpiry:
    """Counts for how long each lease was seen unchanged, and takes it for over after a whole term of that.

    What counts is that this server was there to be told. So a lease has its whole term after a server's start; a
    server that stood still, or could not use its database, counts little of that time; and neither clocks that differ
    nor one that is set matter.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._silences: dict[Lease, float] = {}
        self._looked_at = clock.monotonic()
        self._interval = INTERVAL_SECONDS

    def look(self) -> float:
        """Presumes those dead of whom nothing was heard for their term; in how many seconds to look again."""
        try:
            leases = held(self._store)
        except Exception as error:  # noqa: BLE001 - it is looked again
            _logger.warning("Which leases ran out cannot be seen now: %s", error)
            return self._interval
        for lease in self._over(leases):
            self._presume_dead(lease)
        self._interval = min([INTERVAL_SECONDS, *[lease.term_seconds / _LOOKS_A_TERM for lease in leases]])
        return self._interval

    def _over(self, leases: Iterable[Lease]) -> list[Lease]:
        now = clock.monotonic()
        passed = min(now - self._looked_at, _MOST_INTERVALS_A_LOOK * self._interval)
        self._looked_at = now
        before = self._silences
        self._silences = {lease: before[lease] + passed if lease in before else 0.0 for lease in leases}
        return [lease for lease, silence in self._silences.items() if silence >= lease.term_seconds]

    def _presume_dead(self, lease: Lease) -> None:
        try:
            done = presume_dead(self._store, lease, now=clock.now())
        except Exception:
            _logger.exception("The lease of process %s on %s ran out; it is ended later.", lease.pid, lease.host)
            self._silences.clear()  # where this cannot be stored, neither could renewals
            return
        if done.flow_runs or done.task_runs:
            what = f"{len(done.flow_runs)} flow runs and {done.task_runs} task runs are presumed to have crashed"
            _logger.warning("Nothing was heard of process %s on %s any more: %s.", lease.pid, lease.host, what)
