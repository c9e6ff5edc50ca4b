"""What a store can answer instead of doing its work. Driver errors become these in the dialects, and nowhere else.

StaleFacts          a fence failed: the facts that the changes rest on are no longer so; nothing was written
RowRefused          the database can never take one of the rows; nothing was written
StoreUnavailable    it cannot be used now; the message is the sentence for the user
|-- StoreNewer      a later Headrace changed the schema, and this one can no longer read or write it
`-- StoreCorrupt    its file is damaged, or belongs to something else
"""

from headrace.exceptions import StoreUnavailable

__all__ = ["RowRefused", "StaleFacts", "StoreCorrupt", "StoreNewer", "StoreUnavailable"]


class StaleFacts(Exception):
    """The world moved between reading the facts and writing; read them again and decide again.

    `fence` names what moved: journals, flows, flow_runs, task_runs, idempotency_key, deleted_flow_runs, or lock
    (another transaction was in the way and this one gave up).
    """

    def __init__(self, fence: str) -> None:
        super().__init__(f"the facts about {fence} have changed since they were read")
        self.fence = fence


class RowRefused(Exception):
    """A row holds a value that this database cannot store, now or later (a NUL in a text, JSON that is none)."""


class StoreNewer(StoreUnavailable):
    """The store's schema is of a later Headrace that this one may not touch."""


class StoreCorrupt(StoreUnavailable):
    """The store's file is damaged or foreign. It is left as it is."""
