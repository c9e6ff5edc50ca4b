"""The transitions of a flow run: one table, by the type of the state that it is in and of the one that is proposed.

The table knows types only. What depends on a token, a time, a result or a policy stands in `rules`, which end here.
"""

from typing import Final, Literal

__all__ = ["STATE_TYPES", "TERMINAL_TYPES", "TRANSITIONS", "Way", "way"]

Way = Literal["go", "again", "overrule", "cancel", "stay", "refuse", "stop"]
"""How a proposal is met:

- go: the run goes to the proposed state;
- again: it does, as the first state of a new attempt;
- overrule: it does where its crash was only presumed; otherwise as `refuse`;
- cancel: it becomes Cancelled instead;
- stay: it is there already, and the proposal is answered as if it had just arrived;
- refuse: it stays where it is, and the proposer goes on from there (REJECT);
- stop: it stays where it is, and the proposer must not go on (ABORT).
"""

STATE_TYPES: Final = (
    "SCHEDULED",
    "PENDING",
    "RUNNING",
    "PAUSED",
    "CANCELLING",
    "COMPLETED",
    "FAILED",
    "CANCELLED",
    "CRASHED",
)

TERMINAL_TYPES: Final = frozenset({"COMPLETED", "FAILED", "CANCELLED", "CRASHED"})

# fmt: off
_TABLE: Final[tuple[tuple[str | None, tuple[Way, ...]], ...]] = (
    # to:          SCHEDULED PENDING   RUNNING   PAUSED    CANCELLING COMPLETED   FAILED      CANCELLED   CRASHED
    (None,         ("go",     "go",     "go",     "go",     "go",      "go",       "go",       "go",       "go")),
    ("SCHEDULED",  ("go",     "go",     "go",     "refuse", "cancel",  "go",       "go",       "go",       "go")),
    ("PENDING",    ("go",     "stop",   "go",     "refuse", "go",      "go",       "go",       "go",       "go")),
    ("RUNNING",    ("go",     "stop",   "go",     "go",     "go",      "go",       "go",       "go",       "go")),
    ("PAUSED",     ("go",     "refuse", "go",     "refuse", "go",      "go",       "go",       "go",       "go")),
    ("CANCELLING", ("refuse", "refuse", "refuse", "refuse", "refuse",  "cancel",   "cancel",   "go",       "cancel")),
    ("COMPLETED",  ("stop",   "again",  "again",  "stop",   "stop",    "stay",     "refuse",   "refuse",   "stop")),
    ("FAILED",     ("stop",   "again",  "again",  "stop",   "stop",    "refuse",   "stay",     "refuse",   "stop")),
    ("CANCELLED",  ("stop",   "stop",   "stop",   "stop",   "stop",    "refuse",   "refuse",   "stay",     "stop")),
    ("CRASHED",    ("stop",   "again",  "again",  "stop",   "stop",    "overrule", "overrule", "overrule", "stop")),
)
# fmt: on

TRANSITIONS: Final[dict[str | None, dict[str, Way]]] = {
    current: dict(zip(STATE_TYPES, ways, strict=True)) for current, ways in _TABLE
}
"""The table: TRANSITIONS[type of the current state, or None][type of the proposed state]."""


def way(current: str | None, proposed: str) -> Way:
    """How a proposal of the type `proposed` is met by a run whose state has the type `current`."""
    return TRANSITIONS[current][proposed]
