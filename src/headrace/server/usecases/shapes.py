"""The shape of records beyond their types: ids of 16 bytes, and states of the types that this version knows.

A sender of a later version, or a defect of one, must not leave rows behind that nobody can read.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from headrace._kernel.names import MAX_KEY_BYTES
from headrace._records import (
    FlowRunBegun,
    FlowRunConcluded,
    FlowRunMoved,
    LogLine,
    StateRecord,
    TaskRunCreated,
    TaskRunMoved,
)
from headrace.server.orchestration.transitions import STATE_TYPES

__all__ = ["FlowProposal", "Report", "lines_are_well_formed", "malformation", "states_are_well_formed"]

FlowProposal = FlowRunBegun | FlowRunMoved | FlowRunConcluded
Report = FlowProposal | TaskRunCreated | TaskRunMoved

_TYPES: Final = frozenset(STATE_TYPES)
_ID_LENGTHS: Final = frozenset({16})


def states_are_well_formed(records: Sequence[Report]) -> bool:
    """Whether `malformation` finds nothing in any of the records: for a whole batch, and sparing for task runs."""
    types: set[str] = set()
    lengths: set[int] = set()
    for record in records:
        if isinstance(record, TaskRunMoved):
            types.add(record.state.type)
            lengths.add(len(record.run_id))
        elif isinstance(record, TaskRunCreated) and not record.inputs:
            types.add(record.state.type)
            lengths.add(len(record.run_id))
            if record.flow_run_id is not None:
                lengths.add(len(record.flow_run_id))
        elif malformation(record):
            return False
    return types <= _TYPES and lengths <= _ID_LENGTHS


def lines_are_well_formed(lines: Sequence[LogLine]) -> bool:
    """The same for lines."""
    ids = {line.flow_run_id for line in lines}
    ids.update([line.task_run_id for line in lines])
    return _strange_id(ids) is None


def malformation(record: Report | LogLine) -> str | None:
    """What is wrong with the record's shape; None where nothing is."""
    if isinstance(record, LogLine):
        return _strange_id((record.flow_run_id, record.task_run_id))
    if isinstance(record, FlowRunBegun):
        if not record.states:
            return "The flow run is begun with no state."
        if len(record.flow_name.encode()) > MAX_KEY_BYTES:
            return f"The name of a flow has at most {MAX_KEY_BYTES} bytes in UTF-8."
        return _strange_id((record.run_id, record.parent_task_run_id)) or _strange_type(record.states)
    if isinstance(record, TaskRunCreated):
        upstream = [run_id for _, run_ids in record.inputs for run_id in run_ids]
        strange = _strange_id((record.run_id, record.flow_run_id, *upstream))
        return strange or _strange_type((record.state,))
    return _strange_id((record.run_id,)) or _strange_type((record.state,))


def _strange_id(ids: Iterable[bytes | None]) -> str | None:
    for identifier in ids:
        if identifier is not None and len(identifier) != 16:
            return f"An id has 16 bytes, and not {len(identifier)} as {identifier.hex()} has."
    return None


def _strange_type(states: Iterable[StateRecord]) -> str | None:
    for state in states:
        if state.type not in _TYPES:
            return f"This Headrace knows no state of the type {state.type!r}."
    return None
