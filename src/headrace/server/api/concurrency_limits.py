"""Handlers of the routes by which clients take slots of concurrency limits.

There are no limits yet, and where none bears a name, whoever asks for its slots is let through: each is given a lease
that holds nothing, so that there is nothing to keep of it.
"""

from headrace._wire.concurrency_limits import (
    ConcurrencyLimitWithLeaseResponse,
    LeaseRelease,
    LeaseRenewal,
    SlotsWithLease,
)
from headrace._wire.schema import new_uuid
from headrace.server.store.transactions import Store

__all__ = ["increment_slots_with_lease", "release_lease", "renew_lease"]


def increment_slots_with_lease(store: Store, body: SlotsWithLease) -> ConcurrencyLimitWithLeaseResponse:
    """Takes slots of those of the limits that there are."""
    return ConcurrencyLimitWithLeaseResponse(lease_id=new_uuid(), limits=[])


def release_lease(store: Store, body: LeaseRelease) -> None:
    """Gives back the slots of a lease."""


def renew_lease(store: Store, lease_id: str, body: LeaseRenewal) -> None:
    """Keeps the slots of a lease for some longer."""
