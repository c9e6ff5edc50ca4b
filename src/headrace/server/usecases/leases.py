"""Leases of journals: renewed while their process lives, and what is presumed once one was not."""

from headrace._stream import Burial
from headrace.server.store import hot, leases
from headrace.server.store.changes import Changes
from headrace.server.store.leases import Lease
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.presumed_crashes import presumed_crashes

__all__ = ["held", "presume_dead", "renew"]


def renew(store: Store, journal_id: bytes, seconds: float, *, now: int) -> bool:
    """Gives the journal a lease of so long, or renews it; False where it has told nothing yet, or is closed."""
    with store.write() as tx:
        return leases.renew(tx, journal_id, round(seconds * 1_000_000), now)


def held(store: Store) -> list[Lease]:
    """All leases."""
    with store.read() as tx:
        return leases.read_all(tx)


def presume_dead(store: Store, lease: Lease, *, now: int) -> Burial:
    """Takes a lease away that ran out, and presumes the unfinished runs of its process to have crashed.

    So those of processes without a lease that run its tasks for it. The journals stay open: the processes may only be
    out of reach, and then overrule it all by what they report. Where something was heard meanwhile, or another server
    was faster, nothing changes.
    """
    message = (
        f"Nothing was heard of the process {lease.pid} on {lease.host} for {lease.term_seconds:g} seconds: "
        "it is presumed to be dead."
    )
    return decided(lambda is_again: _presume(store, lease, message, now))


def _presume(store: Store, lease: Lease, message: str, now: int) -> Burial:
    with store.write() as tx:
        if not leases.end(tx, lease):
            return Burial()
        crashes = presumed_crashes(tx, (lease.journal_id, *leases.helpers(tx, lease)), message, now)
        if crashes.flow_runs or crashes.task_runs:
            hot.apply(tx, Changes(flow_runs=crashes.flow_runs, task_runs=crashes.task_runs))
    return crashes.told()
