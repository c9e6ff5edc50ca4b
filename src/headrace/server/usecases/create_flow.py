"""Makes a flow, where none of its name exists."""

from headrace._kernel.ids import new_id
from headrace.server.store import flows
from headrace.server.store.changes import FlowRow
from headrace.server.store.facts import FlowFacts
from headrace.server.store.transactions import Store

__all__ = ["create_flow"]


def create_flow(
    store: Store, name: str, *, now: int, tags: tuple[str, ...] = (), labels: bytes = b"{}"
) -> tuple[FlowFacts, bool]:
    """The flow of this name, and whether this call made it; one that exists stays as it is. `labels` is JSON."""
    with store.read() as tx:
        known = flows.read_by_name(tx, name)
    if known is not None:
        return known, False
    row = FlowRow(new_id(), name, now, tags, labels)
    with store.step() as tx:
        flows.create(tx, row)
    with store.read() as tx:
        made = flows.read_by_name(tx, name)
    assert made is not None, "a flow that was made is there"
    return made, made.id == row.id
