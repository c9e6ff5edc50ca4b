"""Whether the rows of a store agree with each other: what no schema can promise, asked of the whole of it."""

from typing import Final

import msgspec

from headrace.server.store.transactions import Tx

__all__ = ["Contradiction", "contradictions"]

_ENDED: Final = "('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')"

# What must never be -> the ids of the rows that are so.
_NEVER: Final = {
    "flow runs of a flow that is not there": (
        "SELECT r.id FROM flow_runs r WHERE NOT EXISTS (SELECT 1 FROM flows f WHERE f.id = r.flow_id)"
    ),
    "flow runs whose state is not in their history": (
        "SELECT r.id FROM flow_runs r WHERE r.state_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM flow_run_states s "
        "WHERE s.flow_run_id = r.id AND s.attempt = r.attempt AND s.ordinal = r.ordinal "
        "AND s.type = r.state_type AND s.name = r.state_name)"
    ),
    "flow runs that ended without an end, or have one and did not end": (
        f"SELECT r.id FROM flow_runs r WHERE (r.state_type IN {_ENDED}) <> (r.end_at IS NOT NULL)"
    ),
    "states of flow runs that are not there": (
        "SELECT s.flow_run_id FROM flow_run_states s "
        "WHERE NOT EXISTS (SELECT 1 FROM flow_runs r WHERE r.id = s.flow_run_id)"
    ),
    "task runs of flow runs that were deleted": (
        "SELECT t.id FROM task_runs t JOIN deleted_flow_runs d ON d.id = t.flow_run_id"
    ),
    "flow runs that nobody will end, for their process is gone": (
        "SELECT r.id FROM flow_runs r JOIN journals j ON j.key = r.journal "
        f"WHERE j.closed_at IS NOT NULL AND r.state_type NOT IN {_ENDED}"
    ),
    "task runs that nobody will end, for their process is gone": (
        "SELECT t.id FROM task_runs t JOIN journals j ON j.key = t.journal "
        f"WHERE j.closed_at IS NOT NULL AND t.state_type NOT IN {_ENDED} AND t.state_name <> 'NotReady'"
    ),
}


class Contradiction(msgspec.Struct, frozen=True):
    """Rows that must not be so: what they are, how many, and the id of one."""

    what: str
    count: int
    example: bytes


def contradictions(tx: Tx) -> list[Contradiction]:
    """All that rows say against each other; it reads every one of them."""
    found: list[Contradiction] = []
    for what, query in _NEVER.items():
        ids = tx.execute(query)
        if ids:
            found.append(Contradiction(what, len(ids), ids[0][0]))
    return found
