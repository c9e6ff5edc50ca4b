"""The crashes that are presumed of journals' processes: what becomes of the runs that they hold and did not end."""

from collections.abc import Iterable

import msgspec

from headrace._records import PRESUMED, StateRecord
from headrace._stream import Burial
from headrace.server.orchestration.facts import Proposal
from headrace.server.orchestration.progress import entered
from headrace.server.orchestration.rules import decide
from headrace.server.store import hot
from headrace.server.store.changes import FlowRunRow, TaskRunRow
from headrace.server.store.facts import FlowRunFacts, TaskRunFacts
from headrace.server.store.state_ids import beside
from headrace.server.store.transactions import Tx
from headrace.server.usecases.flow_proposals import goes_to
from headrace.server.usecases.flow_run_rows import flow_run_row
from headrace.server.usecases.task_reports import merged_row

__all__ = ["PresumedCrashes", "presumed_crashes"]


class PresumedCrashes(msgspec.Struct, frozen=True):
    """The rows that shall stand."""

    flow_runs: tuple[FlowRunRow, ...]
    task_runs: tuple[TaskRunRow, ...]

    def told(self) -> Burial:
        """The same, for people: a flow run that was being cancelled is none that crashed."""
        crashed = [row.id for row in self.flow_runs if row.state is not None and row.state.type == "CRASHED"]
        return Burial(tuple(crashed), len(self.task_runs))


def presumed_crashes(tx: Tx, journal_ids: Iterable[bytes], message: str, now: int) -> PresumedCrashes:
    """Makes the unfinished runs of their processes Crashed, with `message`; Cancelled, where that was wanted."""
    holders = frozenset(journal_ids)
    flow_run_ids, task_run_ids = hot.unfinished_of_journals(tx, holders)
    flow_runs = hot.flow_run_facts(tx, flow_run_ids) if flow_run_ids else {}
    task_runs = hot.task_run_facts(tx, task_run_ids) if task_run_ids else {}
    # Where the database shows each statement what is new, somebody else may have them by now.
    concluded = [_concluded(facts, message, now) for facts in flow_runs.values() if facts.journal_id in holders]
    crashed = [_crashed(facts, message, now) for facts in task_runs.values() if facts.journal_id in holders]
    return PresumedCrashes(
        tuple([row for row in concluded if row is not None]), tuple([row for row in crashed if row is not None])
    )


def _crash(after: StateRecord, ordinal: int, message: str, now: int) -> StateRecord:
    """The crash of a run that does not say so itself: whoever finds the process gone presumes it."""
    return StateRecord(after.attempt, ordinal, "CRASHED", "Crashed", now, message, {PRESUMED: True})


def _concluded(facts: FlowRunFacts, message: str, now: int) -> FlowRunRow | None:
    assert facts.state is not None, "a run that a process holds has a state"
    crash = _crash(facts.state, facts.ordinal + 1, message, now)
    proposal = Proposal(crash, token=facts.attempt, kind="conclude", journal_id=facts.journal_id)
    taken = goes_to(decide(facts, proposal, now))
    if taken is None or taken is facts.state:
        return None
    return flow_run_row(facts, entered(facts, taken, facts.journal_id), (taken,), now)


def _crashed(facts: TaskRunFacts, message: str, now: int) -> TaskRunRow | None:
    if facts.state.name == "NotReady":  # It was left, not left unfinished: what it needs did not complete.
        return None
    crash = _crash(facts.state, facts.state.ordinal + 1, message, now)
    return merged_row(facts.id, facts, None, (beside(facts.id, crash),), facts.journal_id, now)
