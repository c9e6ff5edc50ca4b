"""The embedded control plane: the server's use cases, called in process by the script whose runs they keep."""

from typing import Protocol

from headrace._kernel import clock
from headrace._stream import Batch, Burial, IngestReply, JournalIdentity
from headrace.server.store.condition import StoreCondition
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.describe_store import describe_store
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.journals import cursors, is_buried

__all__ = ["EmbeddedSink", "open_sink", "store_condition"]


class _Settings(Protocol):
    @property
    def database_url(self) -> str: ...


def open_sink(settings: _Settings) -> "EmbeddedSink":
    """The control plane on the home's own database, which is made where it does not exist."""
    return EmbeddedSink(open_store(settings.database_url))


def store_condition(database_url: str, *, reads_everything: bool) -> StoreCondition:
    """What condition the database is in; StoreUnavailable where it is not there, or cannot be used."""
    store = open_store(database_url, create=False)
    try:
        return describe_store(store, reads_everything=reads_everything)
    finally:
        store.close()


class EmbeddedSink:
    """A journal's sink whose other side is this very process."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def sink_id(self) -> str:
        """The store's id."""
        return self.store.store_id

    def cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        """What of this journal is stored."""
        return cursors(self.store, journal.journal_id)

    def ingest(self, batch: Batch) -> IngestReply:
        """Stores a batch."""
        return ingest(self.store, batch, now=clock.now())

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        """Concludes what the journal's process left unfinished."""
        return bury(self.store, journal, message, now=clock.now())

    def is_buried(self, journal: JournalIdentity) -> bool:
        """Whether that was done before."""
        return is_buried(self.store, journal.journal_id)

    def close(self) -> None:
        """Lets the database go."""
        self.store.close()
