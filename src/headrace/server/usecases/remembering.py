"""What a journal's last batch left in the store, remembered: as good as read, for the next step's fences decide.

A process that drains its own journal is nearly always the only one that writes about its runs. What it remembers may
still be stale (a command cancelled the run, somebody deleted it); then a fence of the step fails, and the facts are
read. So this saves the reading, and decides nothing.
"""

from typing import Final

from headrace._records import FlowRunBegun
from headrace.server.orchestration.transitions import TERMINAL_TYPES
from headrace.server.store.changes import TaskRunRow
from headrace.server.store.facts import FlowRunFacts, JournalFacts, TaskRunFacts
from headrace.server.usecases.folding import Folded, Known, Told

__all__ = ["Memory"]

# Of runs that go on, and of flows: above that, all are forgotten.
_CAPACITY: Final = 1_000


class Memory:
    """The facts about one journal's unfinished runs, after its last batch."""

    def __init__(self) -> None:
        self._held: tuple[bytes, Known] | None = None

    def recall(self, told: Told) -> Known | None:
        """What the store has of what these records are about; None where that must be read."""
        batch, known = told.batch, self._known(told)
        if known is None or known.journal is None or known.journal.states_cursor != batch.states.start:
            return None
        if known.journal.logs_cursor != batch.logs.start:
            return None
        flow_runs: dict[bytes, FlowRunFacts] = {}
        begun: set[bytes] = set()
        for _, record in told.proposals:
            run_id = record.run_id
            if run_id in known.flow_runs:
                flow_runs[run_id] = known.flow_runs[run_id]
            elif isinstance(record, FlowRunBegun) and record.flow_name in known.flow_ids:
                begun.add(run_id)
            elif run_id not in begun:
                return None
        task_runs: dict[bytes, TaskRunFacts] = {}
        for run_id in told.reports:
            if run_id in known.task_runs:
                task_runs[run_id] = known.task_runs[run_id]
            elif run_id not in told.creations:
                return None
        return Known(known.journal, flow_runs, task_runs, known.flow_ids, {})

    def keep(self, told: Told, known: Known, folded: Folded) -> None:
        """Remembers what the store has once `folded` is written, which was decided on `known`."""
        journal_id, batch = told.batch.journal.journal_id, told.batch
        held = self._known(told) or known
        flow_runs = {**held.flow_runs, **folded.flow_runs}
        for run_id in folded.flow_runs:
            state = flow_runs[run_id].state
            if state is None or state.type in TERMINAL_TYPES:
                del flow_runs[run_id]
        task_runs = {**held.task_runs}
        for row in folded.changes.task_runs:
            if row.state.type not in TERMINAL_TYPES:
                task_runs[row.id] = _facts(row)
            else:
                task_runs.pop(row.id, None)
        if max(len(flow_runs), len(task_runs), len(held.flow_ids)) > _CAPACITY:
            self.forget()
            return
        journal = JournalFacts(batch.states.end, batch.logs.end, None)
        self._held = journal_id, Known(journal, flow_runs, task_runs, {**held.flow_ids, **known.flow_ids}, {})

    def _known(self, told: Told) -> Known | None:
        held = self._held  # another thread may recover another journal
        return held[1] if held is not None and held[0] == told.batch.journal.journal_id else None

    def forget(self) -> None:
        """Has the next batch's facts read."""
        self._held = None


def _facts(row: TaskRunRow) -> TaskRunFacts:
    return TaskRunFacts(
        row.id,
        row.flow_run_id,
        row.name,
        row.task_key,
        row.created_at,
        row.updated_at,
        row.state,
        row.history,
        row.revision,
        row.run_count,
        row.tags,
        row.dynamic_key,
        row.task_version,
        row.start_at,
        row.end_at,
        row.running_us,
        row.journal_id,
    )
