"""Handlers of the routes about journals: what scripts that reach the control plane over HTTP report."""

from headrace._kernel import clock
from headrace._stream import Batch, Burial, Directives, IngestReply, JournalIdentity
from headrace._wire.journals import Cursors, LeaseRenewal, Obituary
from headrace.server.store.transactions import Store
from headrace.server.usecases import bury as burials
from headrace.server.usecases import ingest as ingestion
from headrace.server.usecases import journals, leases

__all__ = ["bury", "cursors", "directives", "ingest", "is_buried", "renew_lease"]


def ingest(store: Store, batch: Batch) -> IngestReply:
    """Stores a batch of a journal; SinkRefused where it does not begin where the store stands."""
    return ingestion.ingest_and_direct(store, batch, now=clock.now())


def cursors(store: Store, journal: JournalIdentity) -> Cursors:
    """How far a journal is stored."""
    return Cursors(journals.cursors(store, journal.journal_id))


def bury(store: Store, obituary: Obituary) -> Burial:
    """Concludes what a journal's process left unfinished, and closes the journal."""
    return burials.bury(store, obituary.journal, obituary.message, now=clock.now())


def is_buried(store: Store, journal: JournalIdentity) -> bool:
    """Whether a journal is closed."""
    return journals.is_buried(store, journal.journal_id)


def directives(store: Store, journal: JournalIdentity) -> Directives:
    """What is wanted of the runs of a journal's process."""
    return journals.directives(store, journal.journal_id)


def renew_lease(store: Store, renewal: LeaseRenewal) -> bool:
    """Renews the lease of a journal; False where it has told nothing yet, or is closed."""
    return leases.renew(store, renewal.journal.journal_id, renewal.seconds, now=clock.now())
