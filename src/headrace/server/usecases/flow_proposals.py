"""Flow runs from what was proposed for them: each record through the rules, in order, on the facts as they become."""

from collections.abc import Mapping

from msgspec.structs import replace

from headrace._kernel.ids import state_id
from headrace._records import FlowRunBegun, FlowRunConcluded, FlowRunMoved, StateRecord
from headrace._stream import Verdict
from headrace.server.orchestration.decisions import Abort, Accept, Decision, Wait
from headrace.server.orchestration.facts import Proposal, ProposalKind
from headrace.server.orchestration.progress import entered
from headrace.server.orchestration.rules import decide
from headrace.server.store.changes import FlowRunRow
from headrace.server.store.facts import FlowRunFacts
from headrace.server.usecases.flow_run_rows import flow_run_row, unborn

__all__ = ["FlowProposals", "goes_to", "verdict_of"]


class FlowProposals:
    """The flow runs that one journal's records speak of, as they stand after each of them."""

    def __init__(self, known: Mapping[bytes, FlowRunFacts], flow_ids: Mapping[str, bytes], journal_id: bytes) -> None:
        self._known = known
        self._flow_ids = flow_ids
        self._journal_id = journal_id
        self._facts: dict[bytes, FlowRunFacts] = dict(known)
        self._new_states: dict[bytes, list[StateRecord]] = {}

    def begin(self, record: FlowRunBegun, now: int) -> Verdict:
        """All of the states of a begin are accepted, or none of them."""
        facts = self._facts.get(record.run_id) or self._unborn(record)
        decision = self._decide(facts, "begin", record.states[-1], record.attempt, now)
        if isinstance(decision, Accept) and decision.state is facts.state:
            return verdict_of(record.run_id, record.states[-1], decision, facts)
        trial, taken = facts, list[StateRecord]()
        for state in record.states:
            decision = self._decide(trial, "begin", state, record.attempt, now)
            state_taken = goes_to(decision)
            if state_taken is not None and state_taken is not trial.state:
                trial = entered(trial, state_taken, self._journal_id)
                taken.append(state_taken)
            if not isinstance(decision, Accept):
                trial = trial if state_taken is not None else facts
                break
        if trial is not facts:
            self._take(trial, taken)
        return verdict_of(record.run_id, record.states[-1], decision, trial)

    def move(self, record: FlowRunMoved | FlowRunConcluded, now: int) -> Verdict | None:
        """None where there is no such run, begun before."""
        facts = self._facts.get(record.run_id)
        if facts is None:
            return None
        kind = "conclude" if isinstance(record, FlowRunConcluded) else "move"
        decision = self._decide(facts, kind, record.state, record.state.attempt, now)
        taken = goes_to(decision)
        if taken is not None and taken is not facts.state:
            facts = entered(facts, taken, self._journal_id)
            self._take(facts, [taken])
        return verdict_of(record.run_id, record.state, decision, facts)

    def rows(self, now: int) -> tuple[FlowRunRow, ...]:
        """The rows of all runs that went to another state."""
        return tuple(
            flow_run_row(self._known.get(run_id), self._facts[run_id], tuple(states), now)
            for run_id, states in self._new_states.items()
        )

    def facts(self) -> dict[bytes, FlowRunFacts]:
        """The facts of the same runs, as they are once those rows are written."""
        return {run_id: _settled(self._facts[run_id]) for run_id in self._new_states}

    def _decide(self, facts: FlowRunFacts, kind: ProposalKind, state: StateRecord, token: int, now: int) -> Decision:
        return decide(facts, Proposal(state, token, kind, self._journal_id), now)

    def _take(self, facts: FlowRunFacts, states: list[StateRecord]) -> None:
        self._facts[facts.id] = facts
        self._new_states.setdefault(facts.id, []).extend(states)

    def _unborn(self, record: FlowRunBegun) -> FlowRunFacts:
        return unborn(
            record.run_id,
            self._flow_ids[record.flow_name],
            record.flow_name,
            record.name,
            record.created_at,
            attempt=record.attempt,
            parameters=record.parameters,
            tags=record.tags,
            parent_task_run_id=record.parent_task_run_id,
            flow_version=record.flow_version,
        )


def _settled(facts: FlowRunFacts) -> FlowRunFacts:
    state = facts.state
    return facts if state is None else replace(facts, state_id=state_id(facts.id, state.attempt, state.ordinal))


def goes_to(decision: Decision) -> StateRecord | None:
    """The state that the decision has the run in; None where the run stays as it is."""
    return None if isinstance(decision, Abort | Wait) else decision.state


def verdict_of(run_id: bytes, proposed: StateRecord, decision: Decision, facts: FlowRunFacts) -> Verdict:
    """What the proposer of `proposed` is told, about a run that now has these facts."""
    reason = None if isinstance(decision, Accept) else decision.reason
    return Verdict(run_id, proposed.attempt, proposed.ordinal, decision.status, facts.state, reason, facts.flow_id)
