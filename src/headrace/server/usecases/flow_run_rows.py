"""From the facts of a flow run to the row that shall stand, with the fence on the facts that were read."""

from headrace._records import StateRecord
from headrace.server.store.changes import FlowRunRow
from headrace.server.store.facts import FlowRunFacts

__all__ = ["flow_run_row"]


def flow_run_row(
    read: FlowRunFacts | None, facts: FlowRunFacts, new_states: tuple[StateRecord, ...], now: int
) -> FlowRunRow:
    """The row for `facts`, which a run comes to from those that were `read` (None: it must not exist yet)."""
    return FlowRunRow(
        id=facts.id,
        flow_name=facts.flow_name,
        name=facts.name,
        created_at=facts.created_at,
        updated_at=now,
        attempt=facts.attempt,
        ordinal=facts.ordinal,
        state=facts.state,
        new_states=new_states,
        expected_state_id=read.state_id if read else None,
        is_new=read is None,
        parameters=facts.parameters,
        tags=facts.tags,
        labels=facts.labels,
        context=facts.context,
        policy=facts.policy,
        parent_task_run_id=facts.parent_task_run_id,
        flow_version=facts.flow_version,
        idempotency_key=facts.idempotency_key,
        run_count=facts.run_count,
        expected_start_at=facts.expected_start_at,
        next_scheduled_at=facts.next_scheduled_at,
        start_at=facts.start_at,
        end_at=facts.end_at,
        running_us=facts.running_us,
        journal_id=facts.journal_id,
    )
