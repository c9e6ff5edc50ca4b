"""Makes what tests of runs are about: states, facts and proposals, of which a test sets only what matters to it."""

from typing import Any

from headrace._records import StateRecord
from headrace.server.orchestration.facts import PRESUMED, Proposal
from headrace.server.store.facts import FlowRunFacts

__all__ = ["JOURNAL", "OTHER_JOURNAL", "RUN", "SECOND", "facts_of", "over_api", "presumed_crash", "state", "told"]

RUN = bytes(range(16))
JOURNAL = b"j" * 16
OTHER_JOURNAL = b"k" * 16
SECOND = 1_000_000


def state(kind: str, at: int = 0, *, attempt: int = 1, ordinal: int = 0, **fields: Any) -> StateRecord:
    """A state, named by its type where the test gives no name."""
    return StateRecord(attempt, ordinal, kind, fields.pop("name", kind.capitalize()), at, **fields)


def presumed_crash(at: int = 0, **fields: Any) -> StateRecord:
    """A crash that the run did not report itself."""
    return state("CRASHED", at, details={PRESUMED: True}, **fields)


def facts_of(current: StateRecord | None, **fields: Any) -> FlowRunFacts:
    """The facts of a flow run that is in this state."""
    known: dict[str, Any] = {
        "id": RUN,
        "flow_id": b"f" * 16,
        "flow_name": "flow",
        "name": "able-otter",
        "created_at": 0,
        "updated_at": 0,
        "attempt": current.attempt if current else 1,
        "ordinal": current.ordinal if current else -1,
        "state_id": b"s" * 16 if current else None,
        "state": current,
        "parameters": b"{}",
        "tags": (),
        "labels": b"{}",
        "context": b"{}",
        "policy": b"{}",
        "parent_task_run_id": None,
        "flow_version": None,
        "idempotency_key": None,
        "run_count": 0,
        "expected_start_at": None,
        "next_scheduled_at": None,
        "start_at": None,
        "end_at": None,
        "running_us": 0,
        "journal_id": None,
    }
    return FlowRunFacts(**(known | fields))


def over_api(kind: str, at: int = 0, *, is_forced: bool = False, **fields: Any) -> Proposal:
    """A proposal that came over the API: nobody knows from whom."""
    return Proposal(state(kind, at, attempt=0, **fields), is_forced=is_forced)


def told(kind: Any, proposed: StateRecord, journal_id: bytes = JOURNAL) -> Proposal:
    """A proposal by a process, in the name of the attempt of the proposed state."""
    return Proposal(proposed, token=proposed.attempt, kind=kind, journal_id=journal_id)
