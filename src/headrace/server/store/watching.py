"""Noticing what is committed, by whichever process: what the stores of both dialects offer to the bus.

Who watches holds a lease for each topic it listens to. Writers look for leases within their transaction: only where
there is one do they keep what runs went to, and send notifications.
"""

from collections.abc import Collection
from typing import Final, Literal, Protocol

__all__ = ["ALL_TOPICS", "KEPT_SECONDS", "LEASE_SECONDS", "Topic", "Watch"]

Topic = Literal["logs", "runs", "events"]
"""What one can listen to: lines of logs; states of runs; events that were reported as such."""

ALL_TOPICS: Final[frozenset[Topic]] = frozenset(("logs", "runs", "events"))

LEASE_SECONDS: Final = 60
"""So long does a lease last that nobody renews: the process that held it was killed, or stood still."""

KEPT_SECONDS: Final = 120
"""So long is kept what runs went to while somebody listened."""


class Watch(Protocol):
    """An open watch on a connection of its own. Every call is short; StoreUnavailable where the connection broke."""

    @property
    def descriptor(self) -> int | None:
        """What becomes readable when there is news; None where one has to look from time to time."""
        ...

    def listen(self, topics: Collection[Topic]) -> frozenset[Topic]:
        """Takes leases on these topics, or renews them; what is committed behind its return is noticed.

        Answers the topics on which the lease was held all the time.
        """
        ...

    def news(self) -> frozenset[Topic]:
        """The topics of which something may have been committed since the last call."""
        ...

    def close(self) -> None:
        """Gives the leases back."""
        ...
