"""Has a paused flow run go on, with what it waited for."""

from typing import Any, cast

import msgspec

from headrace._records import StateRecord
from headrace.server.store import flow_run_inputs, flow_runs
from headrace.server.store.transactions import Store
from headrace.server.usecases.flow_run_inputs import leave_answer
from headrace.server.usecases.propose_state import Orchestrated, propose_state
from headrace.server.usecases.unknown import unknown

__all__ = ["resume_flow_run"]


def resume_flow_run(store: Store, run_id: bytes, run_input: dict[str, Any] | None, *, now: int) -> Orchestrated:
    """Proposes that a paused run goes on; ABORT where it is not paused, REJECT where it needs another input.

    What the run asked for is there before it goes on. ObjectNotFound where there is no such run.
    """
    with store.read() as tx:
        facts = flow_runs.read(tx, run_id)
        if facts is None:
            raise unknown("flow run", run_id)
        state = facts.state
        if state is None or state.type != "PAUSED":
            return Orchestrated(
                "ABORT", None, is_written=False, reason="Only a flow run that is paused can be resumed."
            )
        keys = _keys_of_input(state)
        schema = flow_run_inputs.read(tx, run_id, keys["schema"]) if "schema" in keys else None
    if keys:
        reason = _unfit(run_input or {}, None if schema is None else schema.value)
        if reason is not None:
            return Orchestrated("REJECT", state, is_written=False, reason=reason)
        leave_answer(store, run_id, keys["response"], msgspec.json.encode(run_input or {}).decode(), now=now)
    kind, name = ("SCHEDULED", "Resuming") if (state.details or {}).get("pause_reschedule") else ("RUNNING", "Running")
    return propose_state(store, run_id, kind, name=name, now=now)


def _keys_of_input(state: StateRecord) -> dict[str, str]:
    """Under which keys the run left the schema of its input, and looks for the input; none where it asked for none."""
    return (state.details or {}).get("run_input_keyset") or {}


def _unfit(run_input: dict[str, Any], schema: str | None) -> str | None:
    """Why an input is not what a run asked for. The schema's names are looked at; the values are read by the run."""
    if schema is None:
        return "The flow run asked for input, but left no schema of it."
    try:
        described = msgspec.json.decode(schema)
    except msgspec.DecodeError as exc:
        return f"The schema of the flow run's input cannot be read: {exc}"
    wanted: Any = cast("dict[str, Any]", described).get("required") if isinstance(described, dict) else None
    missing = [name for name in cast("list[Any]", wanted or []) if name not in run_input]
    return f"The flow run's input lacks {', '.join(map(repr, missing))}." if missing else None
