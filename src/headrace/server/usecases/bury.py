"""Concludes what the process of a dead journal left unfinished, and closes the journal, in one step."""

from msgspec.structs import replace

from headrace._kernel import crash_points
from headrace._records import PRESUMED, StateRecord
from headrace._stream import Burial, JournalIdentity
from headrace.server.orchestration.facts import Proposal
from headrace.server.orchestration.progress import entered
from headrace.server.orchestration.rules import decide
from headrace.server.store import hot
from headrace.server.store.changes import Changes, FlowRunRow, TaskRunRow
from headrace.server.store.facts import FlowRunFacts, TaskRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.flow_proposals import goes_to
from headrace.server.usecases.flow_run_rows import flow_run_row
from headrace.server.usecases.folding import journal_row
from headrace.server.usecases.task_reports import merged_row

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
        flow_run_ids, task_run_ids = hot.unfinished_of_journal(tx, journal.journal_id)
        flow_runs = hot.flow_run_facts(tx, flow_run_ids) if flow_run_ids else {}
        task_runs = hot.task_run_facts(tx, task_run_ids) if task_run_ids else {}
    flow_rows = [row for facts in flow_runs.values() if (row := _concluded(facts, journal, message, now)) is not None]
    task_rows = [row for facts in task_runs.values() if (row := _crashed(facts, journal, message, now)) is not None]
    stored = (known.states_cursor, known.logs_cursor) if known else (0, 0)
    changes = Changes(
        journal=replace(journal_row(journal, known, *stored), closed_at=now),
        flow_runs=tuple(flow_rows),
        task_runs=tuple(task_rows),
    )
    with store.step() as tx:
        hot.apply(tx, changes)
    crashed = tuple(row.id for row in flow_rows if row.state is not None and row.state.type == "CRASHED")
    return Burial(crashed, len(task_rows))


def _crash(after: StateRecord, ordinal: int, message: str, now: int) -> StateRecord:
    """The crash of a run that does not say so itself: whoever finds the process gone presumes it."""
    return StateRecord(after.attempt, ordinal, "CRASHED", "Crashed", now, message, {PRESUMED: True})


def _concluded(facts: FlowRunFacts, journal: JournalIdentity, message: str, now: int) -> FlowRunRow | None:
    assert facts.state is not None, "a run that a process holds has a state"
    crash = _crash(facts.state, facts.ordinal + 1, message, now)
    proposal = Proposal(crash, token=facts.attempt, kind="conclude", journal_id=journal.journal_id)
    taken = goes_to(decide(facts, proposal, now))
    if taken is None or taken is facts.state:
        return None
    return flow_run_row(facts, entered(facts, taken, journal.journal_id), (taken,), now)


def _crashed(facts: TaskRunFacts, journal: JournalIdentity, message: str, now: int) -> TaskRunRow | None:
    if facts.state.name == "NotReady":  # It was left, not left unfinished: what it needs did not complete.
        return None
    crash = _crash(facts.state, facts.state.ordinal + 1, message, now)
    return merged_row(facts.id, facts, None, (crash,), journal.journal_id, now)
