"""Which id a state has: the one that its reporter gave it, or else one that follows from its place."""

from typing import Final

from msgspec.structs import replace

from headrace._kernel.ids import id_bytes, id_text, state_id
from headrace._records import StateRecord

__all__ = ["beside", "id_of_state", "with_own_id"]

OWN_ID: Final = "own_id"
"""Key in the details of a state that bears its reporter's id; no field of the wire."""

_BESIDE: Final = 0x8000  # more states than any run has


def id_of_state(run_id: bytes, state: StateRecord) -> bytes:
    """The id of a run's state."""
    own = None if state.details is None else state.details.get(OWN_ID)
    return state_id(run_id, state.attempt, state.ordinal) if own is None else id_bytes(own)


def with_own_id(state: StateRecord, identity: bytes) -> StateRecord:
    """The state under this id, wherever it comes to stand."""
    return replace(state, details={**(state.details or {}), OWN_ID: id_text(identity)})


def beside(run_id: bytes, state: StateRecord) -> StateRecord:
    """A state that is presumed, under another id than the one that may yet be reported and then takes its place.

    To those who know states by their ids, as listeners to events do, these are two.
    """
    return with_own_id(state, state_id(run_id, state.attempt, state.ordinal ^ _BESIDE))
