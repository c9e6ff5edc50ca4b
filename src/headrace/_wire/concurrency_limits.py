"""Concurrency limits on the wire: what clients ask before they run what is tagged."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from headrace._wire.schema import WireSchema

__all__ = [
    "ConcurrencyLeaseHolder",
    "ConcurrencyLimitWithLeaseResponse",
    "LeaseRelease",
    "LeaseRenewal",
    "MinimalConcurrencyLimitResponse",
    "SlotsWithLease",
]

_Seconds = Annotated[float, Field(ge=60, le=86_400)]


class ConcurrencyLeaseHolder(WireSchema):
    """Who holds slots."""

    type: Literal["flow_run", "task_run", "deployment"]
    id: UUID


class SlotsWithLease(WireSchema):
    """Body of `increment-with-lease`: slots of the limits with these names, for as long as the lease is renewed."""

    slots: Annotated[int, Field(gt=0)]
    names: Annotated[list[str], Field(min_length=1)]
    mode: Literal["concurrency", "rate_limit"] = "concurrency"
    lease_duration: _Seconds = 300
    holder: ConcurrencyLeaseHolder | None = None


class MinimalConcurrencyLimitResponse(WireSchema):
    """A limit of which slots were taken."""

    id: UUID
    name: str
    limit: int


class ConcurrencyLimitWithLeaseResponse(WireSchema):
    """A lease, and the limits of which it holds slots."""

    lease_id: UUID
    limits: list[MinimalConcurrencyLimitResponse]


class LeaseRelease(WireSchema):
    """Body of `decrement-with-lease`."""

    lease_id: UUID


class LeaseRenewal(WireSchema):
    """Body of `leases/{lease_id}/renew`."""

    lease_duration: _Seconds = 300
