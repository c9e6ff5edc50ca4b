"""Leaves inputs for flow runs, and takes them away."""

from headrace._kernel.ids import id_text, new_id
from headrace.exceptions import ObjectNotFound
from headrace.server.store import flow_run_inputs
from headrace.server.store.errors import StaleFacts
from headrace.server.store.flow_run_inputs import InputFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.unknown import unknown

__all__ = ["InputKnown", "leave_answer", "leave_input", "read_input", "take_away_input"]


class InputKnown(Exception):
    """A run has an input of this key already."""


def leave_input(store: Store, run_id: bytes, key: str, value: str, sender: str | None, *, now: int) -> None:
    """Leaves an input for a run; ObjectNotFound where there is no such run, InputKnown where it has one of this key."""
    try:
        with store.write() as tx:
            is_there = flow_run_inputs.create(tx, InputFacts(run_id, key, new_id(), value, sender, now))
    except StaleFacts:
        raise InputKnown(f"The flow run has an input {key!r} already.") from None
    if not is_there:
        raise unknown("flow run", run_id)


def leave_answer(store: Store, run_id: bytes, key: str, value: str, *, now: int) -> None:
    """Leaves an input for a run that asked for it, in place of an earlier one; ObjectNotFound as above."""
    with store.write() as tx:
        flow_run_inputs.delete(tx, run_id, key)
        if not flow_run_inputs.create(tx, InputFacts(run_id, key, new_id(), value, None, now)):
            raise unknown("flow run", run_id)


def read_input(store: Store, run_id: bytes, key: str) -> InputFacts:
    """An input of a run; ObjectNotFound where it has none of this key."""
    with store.read() as tx:
        found = flow_run_inputs.read(tx, run_id, key)
    if found is None:
        raise _unknown(run_id, key)
    return found


def take_away_input(store: Store, run_id: bytes, key: str) -> None:
    """Deletes an input of a run; ObjectNotFound where it has none of this key."""
    with store.write() as tx:
        if not flow_run_inputs.delete(tx, run_id, key):
            raise _unknown(run_id, key)


def _unknown(run_id: bytes, key: str) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"The flow run {id_text(run_id)} has no input {key!r}.")
