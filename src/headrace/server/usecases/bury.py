"""Concludes what the process of a dead journal left unfinished, and closes the journal, in one step."""

from msgspec.structs import replace

from headrace._kernel import crash_points
from headrace._stream import Burial, JournalIdentity
from headrace.server.store import hot
from headrace.server.store.changes import Changes
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.folding import journal_row
from headrace.server.usecases.presumed_crashes import presumed_crashes

__all__ = ["bury"]


def bury(store: Store, journal: JournalIdentity, message: str, *, now: int) -> Burial:
    """Makes the unfinished runs of this journal's process Crashed, with `message`, and closes the journal.

    A run that was being cancelled becomes Cancelled. A journal that the store never heard of is closed too, so that
    nothing of it can come later. Doing it again changes nothing. Raises StoreUnavailable.
    """
    burial = decided(lambda is_again: _bury(store, journal, message, now))
    crash_points.reach("bury.reply")
    return burial


def _bury(store: Store, journal: JournalIdentity, message: str, now: int) -> Burial:
    with store.read() as tx:
        known = hot.cursors(tx, journal.journal_id)
        if known is not None and known.closed_at is not None:
            return Burial()
        crashes = presumed_crashes(tx, (journal.journal_id,), message, now)
    stored = (known.states_cursor, known.logs_cursor) if known else (0, 0)
    changes = Changes(
        journal=replace(journal_row(journal, known, *stored), closed_at=now),
        flow_runs=crashes.flow_runs,
        task_runs=crashes.task_runs,
    )
    with store.step() as tx:
        hot.apply(tx, changes)
    return crashes.told()
