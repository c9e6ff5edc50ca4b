"""What the rules decide on: the facts of a flow run (as the store answers them), a proposal, and a run's policy."""

from typing import Any, Literal

import msgspec

from headrace._records import PRESUMED, StateRecord
from headrace.server.orchestration.transitions import TERMINAL_TYPES
from headrace.server.store.facts import FlowRunFacts

__all__ = ["Policy", "Proposal", "ProposalKind", "is_presumed", "is_terminal", "policy_of"]

ProposalKind = Literal["begin", "move", "conclude"]


class Proposal(msgspec.Struct, frozen=True):
    """A state that somebody wants a flow run to go to."""

    state: StateRecord  # without a token, its attempt and ordinal mean nothing
    token: int | None = None  # the attempt in whose name it is proposed; None: over the API, by whomever
    kind: ProposalKind = "move"
    journal_id: bytes | None = None  # of the process that proposes; None: over the API
    is_forced: bool = False


class Policy(msgspec.Struct, frozen=True):
    """How often a flow run is tried again by the control plane, and which of its pauses have fired."""

    max_retries: int = 0
    retry_delay_seconds: float = 0
    retries: int | None = None
    retry_delay: float | None = None
    pause_keys: tuple[str, ...] | None = ()
    resuming: bool | None = False
    retry_type: Literal["in_process", "reschedule"] | None = None

    @property
    def retries_allowed(self) -> int:
        """How many further runs may follow the first; `max_retries` is what old clients send."""
        return self.max_retries if self.retries is None else self.retries

    @property
    def delay_seconds(self) -> float:
        """How long a retry waits."""
        return self.retry_delay_seconds if self.retry_delay is None else self.retry_delay


_NO_POLICY = Policy()
_decode_policy = msgspec.json.Decoder(Policy).decode


def policy_of(facts: FlowRunFacts) -> Policy:
    """The run's policy; a run of a script has none."""
    return _NO_POLICY if facts.policy == b"{}" else _decode_policy(facts.policy)


def is_terminal(state: StateRecord | None) -> bool:
    """Whether a run in `state` does not go on by itself."""
    return state is not None and state.type in TERMINAL_TYPES


def is_presumed(state: StateRecord) -> bool:
    """Whether `state` is a crash that the run's own process did not report."""
    details: dict[str, Any] | None = state.details
    return state.type == "CRASHED" and details is not None and bool(details.get(PRESUMED))
